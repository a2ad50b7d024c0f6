/// One flag of a command: what reads it, and what help, completion and manual pages say of it.
package struct Flag: Sendable {
    /// What a shell can offer for a value.
    package enum Values: Sendable, Equatable {
        case anything
        case words([String])
        /// The program's commands.
        case commands
        case files
        case folders
    }

    /// Without hyphens in front, with underscores.
    package let name: String
    package let kind: CommandLineFlags.Kind
    /// What stands for its value in texts, as DIR; empty for a switch.
    package let placeholder: String
    /// What it means, without a full stop.
    package let sentence: String
    /// What holds where it is not given; nil where the sentence says so, or where there is no such value.
    package let standard: String?
    /// What a shell offers behind it.
    package let values: Values

    private init(
        _ name: String, _ kind: CommandLineFlags.Kind, _ placeholder: String, _ sentence: String, _ standard: String?,
        _ values: Values
    ) {
        self.name = name
        self.kind = kind
        self.placeholder = placeholder
        self.sentence = sentence
        self.standard = standard
        self.values = values
    }

    /// A flag that takes one value and may be given once.
    package static func value(
        _ name: String, _ placeholder: String, _ sentence: String, standard: String? = nil, _ values: Values = .anything
    ) -> Flag {
        Flag(name, .value, placeholder, sentence, standard, values)
    }

    /// A flag that takes a value each time that it is given.
    package static func repeated(
        _ name: String, _ placeholder: String, _ sentence: String, _ values: Values = .anything
    ) -> Flag {
        Flag(name, .repeated, placeholder, sentence, nil, values)
    }

    /// A flag without a value.
    package static func toggle(_ name: String, _ sentence: String) -> Flag {
        Flag(name, .toggle, "", sentence, nil, .anything)
    }

    /// A flag that may take `true` or `false`, and means true without either.
    package static func truth(_ name: String, _ sentence: String, standard: String?) -> Flag {
        Flag(name, .truth, "[BOOL]", sentence, standard, .words(["true", "false"]))
    }

    /// As it is typed, with what stands for its value.
    package var typed: String { "--\(name)" + (placeholder.isEmpty ? "" : " \(placeholder)") }

    /// The sentence, and what holds without the flag.
    package var meaning: String { sentence + (standard.map { " (default \($0))" } ?? "") }
}
