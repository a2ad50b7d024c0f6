import Host

/// A configuration as text: over the wire and in checkpoints, between programs of one version, and in a run's folder, where a
/// later version finds it.
extension SearchConfiguration {
    /// All settings, one a line, in the table's order.
    package var canonicalText: String {
        Setting.all.map { "\($0.key) = \($0.read(self))\n" }.joined()
    }

    /// Reads what `canonicalText` of this version writes.
    ///
    /// - Throws: `UserError` (protocolMismatch) for a setting that this program does not know or take, or one that is missing.
    package init(canonicalText text: String) throws {
        let stored = try Stored(text)
        if let missing = stored.missing.first {
            throw UserError(.protocolMismatch, "setting '\(missing)' is missing: another version wrote this")
        }
        self = stored.configuration
    }

    /// The canonical text as one argument of a program of this version: tabs stand in place of its line ends.
    package var settingsArgument: String { canonicalText.split(separator: "\n").joined(separator: "\t") }

    /// Reads what `settingsArgument` writes.
    ///
    /// - Throws: as `init(canonicalText:)`.
    package init(settingsArgument text: String) throws {
        try self.init(canonicalText: text.split(separator: "\t").map { "\($0)\n" }.joined())
    }

    /// What `canonicalText` of this version or an earlier one wrote.
    package struct Stored {
        package let configuration: SearchConfiguration
        /// Keys of the settings that the version did not have and whose value changes what a run does, in the table's order. They
        /// have the value that says what it did, or this version's own where none does.
        package let missing: [String]
        /// Keys of the settings that the version did not have either, which have the value here that does, to the bit, what it did, and
        /// not this version's own.
        package let earlier: [String]

        /// By key: what versions did before they had the setting, where it is not what this version does by itself.
        static let before = [
            "architecture.warmup": "0.0", "evaluation.evaluation_draws": "1", "training.shard_parts": "1",
        ]

        /// Settings whose own value, or the one of `before`, does, to the bit, what versions did before they had them.
        private static let unchanged: Set = [
            "data.labels", "data.choosing_portion", "training.device_shards", "method.derive", "training.shard_parts",
            "architecture.alpha_every",
            "architecture.early_fixing", "architecture.skip_below", "policy.reward", "policy.children",
            "policy.reward_images", "policy.baseline",
            "policy.baseline_decay", "policy.entropy", "budget.resource_power", "budget.target_latency",
            "budget.latency_table",
        ]

        /// Another configuration with the stored value of each `earlier` setting that has this version's own value there.
        package func filling(_ other: SearchConfiguration) -> SearchConfiguration {
            var filled = other
            for setting in Setting.all
            where earlier.contains(setting.key) && setting.value(in: other) == setting.standardValue {
                let value = setting.value(in: configuration)
                guard setting.write(&filled, value) else { preconditionFailure("no value of \(setting.key)") }
            }
            return filled
        }

        /// - Throws: `UserError` (protocolMismatch) for a setting that this program does not know or take.
        package init(_ text: String) throws {
            var configuration = SearchConfiguration()
            var seen: Set<String> = []
            for line in text.split(separator: "\n") {
                let parts = line.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
                guard parts.count == 2, let setting = Setting.all.first(where: { $0.key == parts[0] }) else {
                    throw UserError(.protocolMismatch, "setting '\(line)' is not known to this version")
                }
                guard setting.write(&configuration, parts[1]) else {
                    throw UserError(.protocolMismatch, "setting '\(line)' is out of range for this version")
                }
                seen.insert(setting.key)
            }
            let missing = Setting.all.filter { !seen.contains($0.key) }
            for setting in missing {
                guard let value = Self.before[setting.key] else { continue }
                guard setting.write(&configuration, value) else { preconditionFailure("no value of \(setting.key)") }
            }
            do {
                try configuration.space.check(
                    configuration.retrain.genotype, targetLayers: configuration.budget.targetLayers)
            } catch {
                throw UserError(.protocolMismatch, "\(error)")
            }
            self.configuration = configuration
            self.missing = missing.map(\.key).filter { !Self.unchanged.contains($0) }
            earlier = missing.map(\.key).filter { Self.unchanged.contains($0) && Self.before[$0] != nil }
        }
    }
}

extension Setting {
    /// What versions did before they had the setting, where it is not what this version does by itself.
    package var earlierValue: String? { SearchConfiguration.Stored.before[key] }
}
