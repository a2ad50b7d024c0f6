/// What a host says on standard output of a bundle, by `BundleScript.probe` and `BundleScript.receive`.
package enum BundleAnswer: Sendable, Equatable {
    /// Whole and able to run: the program's path there.
    case there(program: String)
    /// Not there, or damaged: it has to be sent.
    case absent

    /// The word for a bundle that has to be sent.
    static let absentWord = "absent"

    /// Nil for output without an answer. What a login shell's start-up files print before it is passed over.
    package init?(_ output: String, of bundle: ProgramBundle) {
        guard let last = output.split(whereSeparator: \.isNewline).last.map(String.init) else { return nil }
        if last == Self.absentWord {
            self = .absent
        } else if last.hasPrefix("/"), last.hasSuffix("/snas/\(bundle.digest)/\(bundle.programName)") {
            self = .there(program: last)
        } else {
            return nil
        }
    }
}
