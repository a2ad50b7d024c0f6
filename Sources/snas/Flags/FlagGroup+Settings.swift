import Configuration
import Host

/// The flags that a configuration comes from.
extension FlagGroup {
    static let configurationFile: FlagGroup = ["config": .value]

    /// `--set section.key=value`.
    static let settingByKey: FlagGroup = ["set": .repeated]

    /// One flag for each setting that means something to a search.
    static let searchSettings = FlagGroup(settings: Setting.all.filter { !$0.isForRetrainingOnly })

    /// One flag for each setting that means something to a retraining, but for the genotype: `--genotype` takes files and
    /// runs' folders too, which a setting does not.
    static let retrainingSettings = FlagGroup(
        settings: Setting.all.filter { !$0.isForSearchOnly && $0.key != "retrain.genotype" })

    static let allSettings = FlagGroup(settings: Setting.all)

    /// Flags of the official SNAS code, which stand for settings of a search.
    static let officialFlags = FlagGroup(
        joining: FlagGroup(OfficialFlags.values, .value), FlagGroup(OfficialFlags.toggles, .toggle))

    /// What every new search or retraining may be told besides its settings.
    static let newRun = FlagGroup(joining: configurationFile, settingByKey, TrainingData.flags, RunFolder.flags)

    init(settings: [Setting]) {
        self.init(joining: settings.map { FlagGroup([$0.flag], $0.form == .truth ? .truth : .value) })
    }
}
