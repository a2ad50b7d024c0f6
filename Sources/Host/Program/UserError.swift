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

/// An error that ends a program with one sentence for the person who started it.
package protocol UserFacingError: Error, Sendable {
    var exitCode: ExitCode { get }
    var sentence: String { get }
}

extension Error {
    /// Any error in one sentence.
    package var userSentence: String { (self as? any UserFacingError)?.sentence ?? "\(self)" }
}
