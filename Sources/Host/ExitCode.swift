/// How a program ends, by sysexits (the manual's page Reliability, "Exit codes").
package enum ExitCode: Int32, Sendable, CaseIterable {
    case done = 0
    case unexpected = 1
    case usage = 64
    /// Bad or corrupt data, data set or checkpoint; repeated NaN.
    case data = 65
    case noInput = 66
    /// Coordinator unreachable.
    case unavailable = 69
    case internalFault = 70
    case operatingSystem = 71
    /// Port in use, run directory exists or is locked.
    case cannotCreate = 73
    case inputOutput = 74
    /// Try again: drained, or too few workers.
    case temporary = 75
    case protocolMismatch = 76
    case noPermission = 77
    case configuration = 78
    case interrupted = 130
    case terminated = 143
}

/// An error that ends a program with one sentence for the person who started it.
package protocol UserFacingError: Error, Sendable {
    var exitCode: ExitCode { get }
    var sentence: String { get }
}

extension Error {
    /// Any error in one sentence.
    package var userSentence: String { (self as? any UserFacingError)?.sentence ?? "\(self)" }
}

/// An error that this program found itself; those of the system are `SystemError`.
package struct UserError: UserFacingError, Equatable, CustomStringConvertible {
    /// What the program ends with where nobody catches it.
    package let exitCode: ExitCode
    /// What is wrong and, where there is one, the remedy, without a full stop.
    package let sentence: String

    /// A sentence that starts in lower case and stands alone: what it is about is named in it.
    package init(_ exitCode: ExitCode, _ sentence: String) {
        self.exitCode = exitCode
        self.sentence = sentence
    }

    /// The sentence alone.
    package var description: String { sentence }
}
