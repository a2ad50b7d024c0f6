package import Formats
package import Host
package import SearchSpace

/// What errors of formats say to the person whose program they end: whoever reads a file of the user's may say more.
extension FormatError: UserFacingError {
    package var exitCode: ExitCode { .data }
    package var sentence: String { description }
}

extension GenotypeError: UserFacingError {
    package var exitCode: ExitCode { .data }
    package var sentence: String { description }
}
