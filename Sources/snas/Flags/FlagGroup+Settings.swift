import Configuration
import Host

/// The flags that a configuration comes from.
extension FlagGroup {
    static let configuration = FlagGroup(
        "configuration",
        [
            .value(
                "config", "F",
                "a YAML file of settings, which flags overrule; or an installed one by its name, as quick", .files),
            .repeated("set", "KEY=VALUE", "a setting by its key, as in training.epochs=50; what comes later counts"),
        ])

    /// What every new search or retraining may be told besides its settings.
    static let newRun = [configuration, TrainingData.flags, RunFolder.flags]

    /// One flag for each setting that means something to a search.
    static let searchSettings = settings(
        Setting.all.filter { !$0.isForRetrainingOnly }, title: "settings", value: \.standardValue)

    /// One flag for each setting that means something to a retraining, but for the genotype: `--genotype` takes files and
    /// runs' folders too, which a setting does not.
    static let retrainingSettings = settings(
        Setting.all.filter { !$0.isForSearchOnly && $0.key != "retrain.genotype" }, title: "settings of a retraining",
        value: \.retrainingValue)

    /// Without defaults: the run's own values hold.
    static let allSettings = settings(Setting.all, title: "settings of the new run", value: { _ in nil })

    /// Flags of the official SNAS code, which stand for settings of a search.
    static let officialFlags = FlagGroup(
        "flags of the official SNAS code",
        OfficialFlags.values.map { .value($0, "VALUE", officialMeaning($0)) }
            + OfficialFlags.toggles.map { .toggle($0, officialMeaning($0)) })

    private static func officialMeaning(_ name: String) -> String {
        switch name {
        case "layer": "--layers"
        case "method": "how the cost's gradient is estimated (--resource_method), or --search"
        case "resource_efficient": "all three resources cost, linearly"
        case "log_penalty": "their logarithms cost"
        default: "says nothing here: what is turned on applies"
        }
    }

    /// A group for each section, in the order of `Setting.all`.
    static func settings(_ settings: [Setting], title: String, value: (Setting) -> String?) -> [FlagGroup] {
        var sections: [String] = []
        for setting in settings where sections.last != setting.section { sections.append(setting.section) }
        return sections.map { section in
            FlagGroup(
                "\(title): \(section)",
                settings.filter { $0.section == section }.map { Flag($0, standard: value($0)) })
        }
    }
}

extension Setting {
    fileprivate var section: String { String(key.prefix { $0 != "." }) }
}

extension Flag {
    /// - Parameter standard: what holds without it; nil where that is not known.
    init(_ setting: Setting, standard: String?) {
        guard setting.form != .truth else {
            self = .truth(setting.flag, setting.help, standard: standard)
            return
        }
        let choices = setting.choices
        let placeholder = choices.isEmpty ? (Double(setting.standardValue) == nil ? "VALUE" : "N") : "WORD"
        self = .value(
            setting.flag, placeholder, "\(setting.help): \(setting.range)", standard: standard,
            choices.isEmpty ? .anything : .words(choices))
    }
}
