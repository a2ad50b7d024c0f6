/// What somebody may have meant by a word that looks like a flag and is none.
enum UnknownFlag {
    /// Of a word with two hyphens, by its name.
    static func error(_ name: String, among declared: [String: CommandLineFlags.Kind]) -> UserError {
        if CommonFlags.questions.contains(where: { $0.name == name }) {
            return UserError(.usage, "--\(name) takes no value")
        }
        return UserError(.usage, "unknown flag --\(name)\(hint(name, declared))")
    }

    /// One hyphen in front of a whole name, and the dashes that word processors and web pages put in place of hyphens.
    ///
    /// - Throws: `UserError` (usage) for a word that begins so. A single hyphen is none.
    static func refuse(dashed word: String, among declared: [String: CommandLineFlags.Kind]) throws {
        guard let first = word.first, dashes.contains(first), word != "-" else { return }
        let name = word.drop { dashes.contains($0) }.prefix { $0 != "=" }.map { $0 == "-" ? "_" : String($0) }.joined()
        let known = declared[name] == nil ? hint(name, declared) : "; did you mean '--\(name)'?"
        let reason = first == "-" ? "" : ", which begins with a dash that is no hyphen"
        throw UserError(.usage, "unknown flag \(word)\(reason)\(known)")
    }

    /// The hyphen, the non-breaking and the figure's one, the dashes, and the minus sign.
    private static let dashes: Set<Character> = [
        "-", "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2014}", "\u{2212}",
    ]

    private static func hint(_ name: String, _ declared: [String: CommandLineFlags.Kind]) -> String {
        // Of one letter or two every short name is a near one.
        guard name.count > 2 else { return "" }
        for negation in ["no_", "not_", "disable_"] where name.hasPrefix(negation) {
            let rest = String(name.dropFirst(negation.count))
            if declared[rest] == .truth { return "; did you mean '--\(rest) false'?" }
        }
        return NearestName.hint(for: name, among: declared.keys.sorted())
    }
}
