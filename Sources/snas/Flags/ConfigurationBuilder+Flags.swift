import Configuration
import Host

extension ConfigurationBuilder {
    /// Applies the file of `--config`, then the flags of settings, then each `--set`: what comes later counts.
    ///
    /// - Parameter settings: the flags of the command that are settings; its other flags are none of a configuration.
    /// - Throws: `UserError` (usage, configuration, or noInput for a missing file).
    mutating func apply(_ flags: CommandLineFlags, settings: [FlagGroup]) throws {
        if let given = flags.values["config"] { try apply(file: try PresetFile.path(of: given)) }
        let values = OfficialFlags.translated(values: flags.values, toggles: flags.toggles)
        // By name: of several mistakes always the same one is reported.
        for name in settings.names.sorted() {
            guard let value = values[name] else { continue }
            try apply(name: name, value: value, origin: .flag)
        }
        for text in flags.repeated["set"] ?? [] {
            guard let equals = text.firstIndex(of: "=") else {
                throw UserError(.usage, "--set is '\(text)'; it takes section.key=value")
            }
            try apply(name: String(text[..<equals]), value: String(text[text.index(after: equals)...]), origin: .set)
        }
    }
}

extension ResolvedConfiguration {
    /// What the flags of a search say, with the files that they name.
    ///
    /// - Parameter seed: instead of what the flags and files say.
    /// - Throws: `UserError`.
    init(ofSearch flags: CommandLineFlags, seed: Int? = nil) throws {
        var builder = ConfigurationBuilder()
        try builder.apply(flags, settings: FlagGroup.searchSettings)
        if let seed { try builder.apply(name: "seed", value: String(seed), origin: .flag) }
        self = try builder.finished()
    }
}
