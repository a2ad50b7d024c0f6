package import SearchSpace

extension SearchConfiguration {
    /// What only a retraining reads. Without a genotype the run is a search.
    package struct Retraining: Sendable, Equatable {
        /// The cells that the network is built from; nil makes the run a search.
        package var genotype: Genotype?
        /// A second classifier after cell 2L/3, in training only.
        package var auxiliary = false
        /// Factor of that classifier's loss beside the network's own (DARTS `train.py`: 0.4).
        package var auxiliaryWeight = 0.4
        /// Share of a label that is spread evenly over all classes, 0 to below 1.
        package var labelSmoothing = 0.0
        /// SNAS keeps a batch norm behind each pool of the derived network, DARTS does not.
        package var poolBatchNorm = false
    }

    /// The papers' recipe for CIFAR-10 (DARTS `train.py`, SNAS `train_edge_all.py`): all training images, 600
    /// epochs of batches of 96, 20 cells of 36 channels, cosine to zero, auxiliary head, cutout, drop path ramped to 0.2.
    /// One thing is ours: a batch norm sees a shard's images, 12 in 8 shards; `shards: 1` is the papers' own.
    package static var retraining: SearchConfiguration {
        var configuration = SearchConfiguration()
        configuration.space.initChannels = 36
        configuration.space.layers = 20
        configuration.data.trainPortion = 1
        configuration.data.cutout = true
        configuration.training.epochs = 600
        configuration.training.batchSize = 96
        configuration.training.learningRateMin = 0
        configuration.training.dropPathProb = 0.2
        configuration.retrain.auxiliary = true
        return configuration
    }
}

extension SearchConfiguration {
    /// The same recipe for a truth table, each of whose trainings has one thread: its shards are not cut.
    package static var cellTraining: SearchConfiguration {
        var configuration = retraining
        configuration.training.shardParts = 1
        return configuration
    }
}

extension Setting {
    static let cutout: [Setting] = [
        .truth("data.cutout", \.data.cutout, "a square is cut out of every training image"),
        .whole("data.cutout_length", \.data.cutoutLength, 2...4096, "side of that square in pixels"),
    ]

    static let retraining: [Setting] = [
        Setting(
            key: "retrain.genotype", help: "the cells of a retraining",
            range: "a text Genotype(...), a known name or none",
            read: { $0.retrain.genotype?.compactText ?? "none" },
            take: { configuration, text in
                let isNone = text.lowercased() == "none"
                configuration.retrain.genotype =
                    isNone ? nil : KnownGenotypes.meant(by: text)?.genotype ?? (try? Genotype(parsing: text))
                return isNone || configuration.retrain.genotype != nil
            }, null: "none"),
        .truth("retrain.auxiliary", \.retrain.auxiliary, "an auxiliary head after cell 2L/3, in training only"),
        .real("retrain.auxiliary_weight", \.retrain.auxiliaryWeight, 0...100, "what the auxiliary head's loss counts"),
        .real(
            "retrain.label_smoothing", \.retrain.labelSmoothing, 0...0.99, "share of a label spread over all classes"),
        .truth("retrain.pool_batch_norm", \.retrain.poolBatchNorm, "a batch norm behind each pool, as SNAS has it"),
    ]

    /// Where a setting means nothing to a retraining: it has no alpha, and its genotype says how many nodes there are.
    package var isForSearchOnly: Bool {
        [
            "space.space", "space.operations", "space.nodes", "space.auxiliary_skip", "data.search_portion",
            "data.choosing_portion",
        ]
        .contains(key)
            || ["method.", "architecture.", "temperature.", "policy.", "budget.", "evaluation.evaluation_"].contains(
                where: key.hasPrefix)
    }

    /// Where a setting means nothing to a search.
    package var isForRetrainingOnly: Bool { key.hasPrefix("retrain.") }

    /// What the setting is in a retraining where nothing says otherwise.
    package var retrainingValue: String { read(.retraining) }

    /// The same in a training of a truth table.
    package var cellTrainingValue: String { read(.cellTraining) }
}
