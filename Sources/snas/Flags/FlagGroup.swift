import Host

/// Flags that belong together. A command declares the groups that it has, and commands share groups, not each other.
///
/// The order is the one in which a command that has to refuse a group looks for the flag that its sentence names.
struct FlagGroup: ExpressibleByDictionaryLiteral, Sendable {
    /// Names without hyphens in front, with underscores.
    let flags: [(name: String, kind: CommandLineFlags.Kind)]

    var names: [String] { flags.map { $0.name } }

    /// As in `["config": .value, "set": .repeated]`.
    init(dictionaryLiteral elements: (String, CommandLineFlags.Kind)...) {
        flags = elements.map { (name: $0.0, kind: $0.1) }
    }

    /// Flags of one kind.
    init(_ names: [String], _ kind: CommandLineFlags.Kind) {
        flags = names.map { (name: $0, kind: kind) }
    }

    /// All flags of these groups, one group's after the other's.
    init(joining groups: FlagGroup...) { self.init(joining: groups) }

    init(joining groups: [FlagGroup]) {
        flags = groups.flatMap(\.flags)
    }

    /// The first flag of the group that was given; nil where none was.
    func firstGiven(in given: CommandLineFlags) -> String? {
        names.first {
            given.values[$0] != nil || given.toggles.contains($0) || given.repeated[$0] != nil
        }
    }
}

extension CommandLineFlags {
    /// The words after a command that has these groups of flags.
    ///
    /// A flag may stand in two groups, as the same kind.
    ///
    /// - Throws: `UserError` (usage).
    init(parsing words: [String], of groups: FlagGroup...) throws {
        let declared = groups.flatMap(\.flags).map { ($0.name, $0.kind) }
        try self.init(parsing: words, declared: Dictionary(declared, uniquingKeysWith: { first, _ in first }))
    }
}
