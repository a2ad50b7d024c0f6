package import Host
package import Wire

/// What an error of the protocol says to the person whose program it ends: the other side is of another version, or none of ours.
extension WireError: UserFacingError {
    package var exitCode: ExitCode { .protocolMismatch }
    package var sentence: String { description }
}
