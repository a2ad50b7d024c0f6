/// Scripts by which a shell completes a program's commands, flags and values.
package enum Completion: String, Sendable, CaseIterable {
    case bash
    case zsh
    case fish

    /// The script, with a remark on top how it is used.
    package func script(for program: ProgramDescription) -> [String] {
        switch self {
        case .bash: BashCompletion(program).lines
        case .zsh: ZshCompletion(program).lines
        case .fish: FishCompletion(program).lines
        }
    }

    /// - Parameter word: what was given behind `completion`; nil for nothing.
    /// - Throws: `UserError` (usage) for no shell of these.
    package init(of word: String?, program: String) throws(UserError) {
        let names = Self.allCases.map(\.rawValue).joined(separator: ", ")
        guard let word else { throw UserError(.usage, "\(program) completion wants a shell: \(names)") }
        guard let shell = Self(rawValue: word) else {
            throw UserError(.usage, "\(program) completion knows \(names), not '\(word)'")
        }
        self = shell
    }

    /// The name of a function of the script.
    static func function(_ program: ProgramDescription) -> String { "_" + program.name.replacing("-", with: "_") }

    /// In single quotes, as all three shells read them.
    static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}
