/// Flags that belong together. A command declares the groups that it has, and commands share groups, not each other.
///
/// The order is the one in which a command that has to refuse a group looks for the flag that its sentence names.
package struct FlagGroup: Sendable {
    /// What they have in common, as a heading.
    package let title: String
    package let flags: [Flag]
    /// Of those that only programs of this project give: they are read like all others, and no text names them.
    package let isHidden: Bool

    package init(_ title: String, _ flags: [Flag], isHidden: Bool = false) {
        self.title = title
        self.flags = flags
        self.isHidden = isHidden
    }

    /// Names without hyphens in front, with underscores.
    package var names: [String] { flags.map(\.name) }

    /// The first flag of the group that was given; nil where none was.
    package func firstGiven(in given: CommandLineFlags) -> String? { names.first(where: given.has) }
}

extension Sequence<FlagGroup> {
    /// Of all groups, one's after the other's.
    package var names: [String] { flatMap(\.names) }

    /// The first flag of the groups that was given; nil where none was.
    package func firstGiven(in given: CommandLineFlags) -> String? { names.first(where: given.has) }
}
