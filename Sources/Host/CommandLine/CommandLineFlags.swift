/// The words after a command, sorted into flags and the rest.
///
/// `--name value`, `--name=value`; hyphens in names count as underscores; a switch takes no value. Whatever is not declared
/// is refused with the nearest declared name, and so is a value of nothing: a shell's unset variable leaves one, and "" taken for
/// a folder would be the root of the file system.
package struct CommandLineFlags: Sendable {
    /// A flag takes one value, none, or one each time that it is given; a `truth` takes a value and means true without one.
    package enum Kind: Sendable { case value, toggle, repeated, truth }

    /// Of flags that take one value and may be given once.
    package private(set) var values: [String: String] = [:]
    /// Switches that were given.
    package private(set) var toggles: Set<String> = []
    /// Values of flags that may be given again, in order; a flag that was not given has no entry.
    package private(set) var repeated: [String: [String]] = [:]
    /// Words that are no flags, in order; a single hyphen is one.
    package private(set) var positional: [String] = []

    /// Precondition: no name stands in two groups.
    /// - Throws: `UserError` (usage).
    package init(parsing words: [String], of groups: [FlagGroup]) throws {
        let declared = Dictionary(uniqueKeysWithValues: groups.flatMap(\.flags).map { ($0.name, $0.kind) })
        var rest = words[...]
        while let word = rest.popFirst() {
            guard let (name, attached) = Self.parts(of: word) else {
                try UnknownFlag.refuse(dashed: word, among: declared)
                guard !Self.isEmpty(word) else {
                    throw UserError(.usage, "a word is empty: is a variable of the shell not set?")
                }
                positional.append(word)
                continue
            }
            guard let kind = declared[name] else { throw UnknownFlag.error(name, among: declared) }
            if kind == .toggle {
                guard attached == nil else { throw UserError(.usage, "--\(name) takes no value") }
                toggles.insert(name)
                continue
            }
            let isAlone = kind == .truth && (rest.first.flatMap(Spelling.truth) == nil)
            guard let value = attached ?? (isAlone ? "true" : rest.popFirst()) else {
                throw UserError(.usage, "--\(name) wants a value")
            }
            guard !Self.isEmpty(value) else {
                throw UserError(.usage, "--\(name) is empty: is a variable of the shell not set?")
            }
            if kind == .repeated {
                repeated[name, default: []].append(value)
            } else {
                guard values.updateValue(value, forKey: name) == nil else {
                    throw UserError(.usage, "--\(name) is given twice")
                }
            }
        }
    }

    private static func isEmpty(_ text: String) -> Bool { Spelling.trimmed(text).isEmpty }

    /// Whether the flag was given, of whatever kind it is.
    package func has(_ name: String) -> Bool {
        values[name] != nil || toggles.contains(name) || repeated[name] != nil
    }

    /// The same, without the values of these flags.
    package func leavingOut(_ names: String...) -> Self { leavingOut(names) }

    /// The same of names that are known while the program runs.
    package func leavingOut(_ names: [String]) -> Self {
        var rest = self
        for name in names { rest.values[name] = nil }
        return rest
    }

    /// A flag's name with underscores, and what stands behind its `=`; nil for a word that is no flag.
    package static func parts(of word: String) -> (name: String, attached: String?)? {
        guard word.hasPrefix("--"), word.count > 2 else { return nil }
        let body = word.dropFirst(2)
        let name = String(body.prefix { $0 != "=" }).map { $0 == "-" ? "_" : String($0) }.joined()
        return (name, body.firstIndex(of: "=").map { String(body[body.index(after: $0)...]) })
    }
}
