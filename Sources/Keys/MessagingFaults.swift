package import Host
package import Messaging

/// What errors of the connections say to the person whose program they end.
extension EndpointError: UserFacingError {
    /// It was given on a command line.
    package var exitCode: ExitCode { .usage }
    package var sentence: String { description }
}

extension MessagingError: UserFacingError {
    /// By its cause: a place that cannot be had, no permission, or a system that gives no more.
    package var exitCode: ExitCode {
        switch cause {
        case .placeTaken: .cannotCreate
        case .noPermission: .noPermission
        case .other: .operatingSystem
        }
    }

    package var sentence: String { description }
}

extension KeyFileError: UserFacingError {
    package var exitCode: ExitCode { .data }
    package var sentence: String { "a key file is damaged: \(self)" }
}
