import Host
import SearchSpace
import Optimization

/// One setting: its names, its field, what values it takes. Flags, files, the record of origins and the wire all read this
/// table, so a setting that stands here is known everywhere.
package struct Setting: Sendable {
    /// `section.key`.
    package let key: String
    /// What the setting means, for the list that `snas settings` prints.
    package let help: String
    /// What may be given, for people.
    package let range: String
    let read: @Sendable (SearchConfiguration) -> String
    /// False where the text is not one of the values.
    let take: @Sendable (inout SearchConfiguration, String) -> Bool
    /// What YAML's `null` means here, as one of the values; nil where there is no such value.
    var null: String?
    /// Whether a value is a truth, or a list that YAML may write as a sequence.
    package var form = Form.plain

    /// What a value looks like where it is written.
    package enum Form: Sendable { case plain, truth, list }

    /// Sets what the text means, however a person spells it: every way in which a value is given comes here.
    ///
    /// - Returns: false where the text is not one of the values; nothing is set then.
    func write(_ configuration: inout SearchConfiguration, _ text: String) -> Bool {
        let text = Spelling.trimmed(text)
        return take(&configuration, Spelling.isNull(text) ? null ?? text : text)
    }

    /// The flag: the key without its section.
    package var flag: String { key.split(separator: ".").last.map(String.init) ?? key }

    /// In the order in which files, lists and the canonical text name them. A section's settings stand together.
    package static let all: [Setting] =
        space + data + cutout + method + training + architecture + schedule + policy + budget + retraining + evaluation
        + run + cluster

    /// The setting of a key with its section, or of a flag; nil for a name that is neither.
    package static func named(_ name: String) -> Setting? { all.first { $0.key == name || $0.flag == name } }

    private static let data: [Setting] = [
        .real("data.train_portion", \.data.trainPortion, 0.01...1, "share of the training images that gives gradients"),
        .searchPortion, .choosingPortion,
        .real(
            "data.judge_share", \.data.judgeShare, 0...0.9,
            "share of the training images that is set aside first and read by no run: it judges cells"),
        .choice(
            "data.labels", \.data.labels,
            "what classes are: the files' labels, or those that have images, numbered anew"),
        .whole("data.split_seed", \.data.splitSeed, 0...Int.max, "what the split of the images is keyed by"),
        .whole(
            "data.crop_padding", \.data.cropPadding, -1...16, "padding before the random crop, -1: the data set's own",
            null: -1),
        .whole("data.flip", \.data.flip, -1...1, "random flips, -1: the data set's own", null: -1),
    ]

    private static let training: [Setting] = [
        .whole("training.epochs", \.training.epochs, 1...1_000_000, "epochs"),
        .whole(
            "training.max_steps", \.training.maxSteps, 0...1_000_000_000, "steps after which to end early, 0: none",
            null: 0),
        .whole("training.batch_size", \.training.batchSize, 1...65_536, "images of a step"),
        .whole("training.shards", \.training.shards, 1...256, "equal parts of a batch"),
        .whole(
            "training.shard_parts", \.training.shardParts, 1...SearchConfiguration.TrainingSection.partsAtMost,
            "into how many parts a shard's images are cut; as many threads can compute one shard"),
        .whole(
            "training.device_shards", \.training.deviceShards, 1...256, "shards that a device computes as one batch"),
        .real("training.learning_rate", \.training.learningRate, 0...100, "first learning rate of the weights"),
        .real("training.learning_rate_min", \.training.learningRateMin, 0...100, "last learning rate of the weights"),
        .real("training.momentum", \.training.momentum, 0...0.9999, "momentum of the weights"),
        .real("training.weight_decay", \.training.weightDecay, 0...1, "decay of the weights"),
        .real("training.grad_clip", \.training.gradClip, 1e-6...1e9, "longest gradient of the weights"),
        .real(
            "training.drop_path_prob", \.training.dropPathProb, 0...0.95, "chance that an edge is dropped for an image"),
        .whole(
            "training.skip_limit", \.training.skipLimit, 1...1_000_000,
            "steps skipped in a row, not being finite, that end the run"),
    ]

    private static let architecture: [Setting] = [
        .real("architecture.arch_learning_rate", \.architecture.learningRate, 0...100, "learning rate of alpha"),
        .real("architecture.arch_weight_decay", \.architecture.weightDecay, 0...1, "decay of alpha"),
        .real("architecture.arch_beta1", \.architecture.beta1, 0...0.9999, "Adam's first beta for alpha"),
        .real("architecture.arch_beta2", \.architecture.beta2, 0...0.999999, "Adam's second beta for alpha"),
        .real("architecture.arch_grad_clip", \.architecture.gradClip, 1e-6...1e9, "longest gradient of alpha"),
        .real("architecture.loc_mean", \.architecture.locMean, -100...100, "mean of alpha's first values"),
        .real("architecture.loc_std", \.architecture.locStd, 0...100, "deviation of alpha's first values"),
        .real(
            "architecture.warmup", \.architecture.warmup, 0...0.99,
            "share of the epochs, from the first on, in which weights alone are stepped"),
        .choice("architecture.noise", \.architecture.noise, "how the noise of a step's shards hangs together"),
        .real(
            "architecture.alpha_average", \.architecture.alphaAverage, 0...1,
            "share of the epochs, up to the last, whose mean alpha the cell is derived from, 0: the last alpha"),
        .real(
            "architecture.parameterless_dropout", \.architecture.parameterlessDropout, 0...0.95,
            "first chance that a shard does without an operation that has no weights; it falls linearly to 0"),
        .whole(
            "architecture.alpha_every", \.architecture.alphaEvery, 1...100_000,
            "steps of the weights for each step of alpha in a bilevel search"),
        .real(
            "architecture.skip_below", \.architecture.skipBelow, 0...MixtureFloor.largest,
            "an operation whose part of a shard's mixture is smaller is not computed, 0: all are"),
        .real(
            "architecture.early_fixing", \.architecture.earlyFixing, 0...0.99,
            "gap between an edge's two largest probabilities from which on it is decided, 0: never"),
    ]

    private static let schedule: [Setting] = [
        .choice("temperature.temp_schedule", \.temperature.shape, "how the temperature falls"),
        .real("temperature.temp", \.temperature.start, 1e-6...1e6, "first temperature"),
        .real("temperature.temp_min", \.temperature.end, 1e-6...1e6, "last temperature"),
        .truth("temperature.temp_by_step", \.temperature.byStep, "the temperature falls every step, not every epoch"),
        .choice(
            "temperature.clock", \.temperature.clock, "whether it falls from the run's first epoch or after the warm-up"
        ),
    ]

    private static let evaluation: [Setting] = [
        .whole("evaluation.every_epochs", \.evaluation.everyEpochs, 1...1_000_000, "epochs between two evaluations"),
        Setting(
            key: "evaluation.networks", help: "what an evaluation looks at, each with its own statistics",
            range: EvaluatedNetwork.allCases.map(\.rawValue).joined(separator: ",")
                + " or some of them, derived always",
            read: { $0.evaluation.networks.map(\.rawValue).joined(separator: ",") },
            take: { configuration, text in
                guard let networks = EvaluatedNetwork.list(text), networks.contains(.derived) else { return false }
                configuration.evaluation.networks = networks
                return true
            }, form: .list),
        .whole(
            "evaluation.recalibration_images", \.evaluation.recalibrationImages, 1...1_000_000,
            "training images whose statistics an evaluation uses"),
        .whole("evaluation.shard_images", \.evaluation.shardImages, 1...4096, "images of an evaluation's shard"),
        .whole(
            "evaluation.evaluation_images", \.evaluation.images, 0...1_000_000_000,
            "held-out images that each network is evaluated on before the last epoch, 0: what a tenth of an epoch's time allows",
            null: 0),
        .whole(
            "evaluation.evaluation_draws", \.evaluation.draws, 1...256,
            "draws of the soft and the hard sample in an evaluation"),
    ]

    private static let run: [Setting] = [
        .whole("run.seed", \.run.seed, 0...Int.max, "what all draws are keyed by"),
        .real("run.checkpoint_interval_s", \.run.checkpointIntervalSeconds, 0...86_400, "seconds between checkpoints"),
        .whole("run.keep_epochs", \.run.keepEpochs, 0...1_000_000, "newest epochs of which a checkpoint is kept"),
        .whole("run.report_freq", \.run.reportFreq, 1...1_000_000, "steps between two log lines"),
    ]

    private static let cluster: [Setting] = [
        .real(
            "cluster.connect_timeout_s", \.cluster.connectTimeoutSeconds, 0.1...86_400,
            "how long a worker that snas starts on another host dials"),
        .real("cluster.beat_interval_s", \.cluster.beatIntervalSeconds, 0.05...60, "seconds between signs of life"),
        .real("cluster.worker_timeout_s", \.cluster.workerTimeoutSeconds, 0.2...86_400, "silence that ends a worker"),
        .whole("cluster.min_workers", \.cluster.minWorkers, 1...1024, "workers below which the coordinator waits"),
        .real("cluster.wait_limit_s", \.cluster.waitLimitSeconds, 0.1...8_640_000, "how long it waits for min_workers"),
        .real("cluster.drain_limit_s", \.cluster.drainLimitSeconds, 0...86_400, "how long a stop waits for the step"),
        .real(
            "cluster.late_factor", \.cluster.lateFactor, 1.1...1e6, "times its usual time after which a worker is late"),
        .real("cluster.audit_share", \.cluster.auditShare, 0...1, "share of the shards that two workers compute"),
        .whole("cluster.piece_bytes", \.cluster.pieceBytes, 4096...983_040, "bytes of a piece on the wire"),
        .truth(
            "cluster.allow_mixed_kinds", \.cluster.allowMixedKinds, "machines of several kinds, without the promise"),
    ]
}

extension Setting {
    typealias Field<Value> = any (WritableKeyPath<SearchConfiguration, Value> & Sendable)

    /// - Parameter null: the number that says that nothing is asked for; nil where there is none.
    static func whole(
        _ key: String, _ field: Field<Int>, _ range: ClosedRange<Int>, _ help: String, null: Int? = nil
    ) -> Setting {
        Setting(
            key: key, help: help, range: "\(range.lowerBound) to \(range.upperBound)",
            read: { String($0[keyPath: field]) },
            take: { configuration, text in
                guard let value = Spelling.whole(text), range.contains(value) else { return false }
                configuration[keyPath: field] = value
                return true
            }, null: null.map(String.init))
    }

    static func real(
        _ key: String, _ field: Field<Double>, _ range: ClosedRange<Double>, _ help: String
    ) -> Setting {
        Setting(
            key: key, help: help, range: "\(range.lowerBound) to \(range.upperBound)",
            read: { "\($0[keyPath: field])" },
            take: { configuration, text in
                guard let value = Spelling.real(text), range.contains(value) else { return false }
                configuration[keyPath: field] = value
                return true
            })
    }

    static func choice<Value>(_ key: String, _ field: Field<Value>, _ help: String) -> Setting
    where Value: RawRepresentable<String> & CaseIterable & SendableMetatype {
        Setting(
            key: key, help: help, range: Value.allCases.map(\.rawValue).joined(separator: ", "),
            read: { $0[keyPath: field].rawValue },
            take: { configuration, text in
                let name = Spelling.name(text, among: Value.allCases.map(\.rawValue))
                guard let value = name.flatMap({ Value(rawValue: $0) }) else { return false }
                configuration[keyPath: field] = value
                return true
            }, null: ["none", "auto"].first { Value(rawValue: $0) != nil })
    }

    static func truth(_ key: String, _ field: Field<Bool>, _ help: String) -> Setting {
        Setting(
            key: key, help: help, range: "true or false", read: { $0[keyPath: field] ? "true" : "false" },
            take: { configuration, text in
                guard let value = Spelling.truth(text) else { return false }
                configuration[keyPath: field] = value
                return true
            }, form: .truth)
    }
}

extension Setting {
    /// What the setting is where nothing says otherwise.
    package var standardValue: String { value(in: SearchConfiguration()) }

    /// As a file or a flag would give it: `write` takes this text back.
    package func value(in configuration: SearchConfiguration) -> String { read(configuration) }
}
