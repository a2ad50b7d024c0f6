extension Setting {
    /// What a setting can change of a run: the later cases change all that the earlier ones do.
    package enum Bearing: Int, Sendable, Comparable, CaseIterable {
        /// No bit of what is computed: how workers are waited for, what is written and when; or the run does not read it.
        case nothing
        /// What is looked at, where the run ends and which cell is kept of alpha: steps that both of two runs take have the same bits.
        case results
        /// The bits of steps.
        case steps

        package static func < (left: Bearing, right: Bearing) -> Bool { left.rawValue < right.rawValue }
    }

    /// Sections that feed nothing back into the steps. Of the cluster's one setting does: with machines of several kinds there are
    /// several answers to one question.
    private static let bearingOfSections: [String: Bearing] = ["cluster": .nothing, "evaluation": .results]
    /// Where it is not that of the section.
    private static let bearingOfKeys: [String: Bearing] = [
        "cluster.allow_mixed_kinds": .steps, "run.checkpoint_interval_s": .nothing, "run.keep_epochs": .nothing,
        "run.report_freq": .nothing, "training.max_steps": .results, "training.skip_limit": .results,
        "architecture.alpha_average": .results,
    ]
    /// Sections that the training of a fixed cell does not read.
    private static let sectionsOfSearches: Set = ["method", "architecture", "temperature", "policy", "budget"]

    /// What a setting can change, whatever the others are. One that is not known to change less changes steps.
    private var ownBearing: Bearing {
        Self.bearingOfKeys[key] ?? Self.bearingOfSections[section] ?? .steps
    }

    private var section: String { key.split(separator: ".").first.map(String.init) ?? key }

    /// What the setting can change of a run with this configuration.
    package func bearing(in configuration: SearchConfiguration) -> Bearing {
        if configuration.retrain.genotype != nil, Self.sectionsOfSearches.contains(section) { return .nothing }
        return configuration.unread.contains { $0.key == key } ? .nothing : ownBearing
    }
}
