/// How a program ends by an error: one sentence for people and one exit code, whatever was thrown.
package struct ProgramFault: Sendable, Equatable {
    /// One sentence without a full stop.
    package let sentence: String
    package let exitCode: ExitCode

    /// An error that is made for people says both itself. Any other one was expected by nobody: it is told as a fault of the
    /// program, with its type and all that it holds.
    package init(_ error: any Error) {
        if let known = error as? any UserFacingError {
            sentence = known.sentence
            exitCode = known.exitCode
        } else {
            sentence = "a fault of this program, which it does not know: \(type(of: error)): \(error)"
            exitCode = .internalFault
        }
    }

    /// How a child of this program ended that said itself why.
    ///
    /// - Parameter what: begins the sentence, as "snas-worker ended before it was ready".
    package init(endOfChild what: String, code: Int32) {
        let known = ExitCode(rawValue: code)
        sentence = known == nil ? "\(what), with the exit code \(code), which is none of its own" : what
        exitCode = known ?? .internalFault
    }

    /// To be thrown on.
    package var error: UserError { UserError(exitCode, sentence) }
}
