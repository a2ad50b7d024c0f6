import Configuration
import Host

/// `snas settings`: every setting, with what a method or a space brings along where one is named.
enum SettingsCommand {
    static let command = Command(
        CommandDescription(
            "settings", "lists every setting with its default and range", forms: ["[--search METHOD] [--space S]"],
            groups: [
                FlagGroup(
                    "whose defaults",
                    ["method.search", "space.space"].compactMap(Setting.named).map {
                        Flag($0, standard: $0.standardValue)
                    })
            ], examples: ["snas settings --search darts"]), run)

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        var builder = ConfigurationBuilder()
        for (name, value) in flags.values { try builder.apply(name: name, value: value, origin: .flag) }
        let configuration = try builder.finished().configuration
        for setting in Setting.all {
            let value = setting.value(in: configuration)
            let other =
                setting.retrainingValue == setting.standardValue ? "" : "; retrain: \(setting.retrainingValue)"
            try StandardStreams.print(
                "\(setting.key) = \(value)\(other)  (--\(setting.flag); \(setting.range); \(setting.help))")
        }
        return .done
    }
}
