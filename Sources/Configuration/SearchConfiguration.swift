package import Optimization
package import SearchSpace

/// Everything that a run can be told. Defaults are the paper's (SNAS, section 4.1) and the official repository's, but for the
/// warm-up.
///
/// Names in files are `section.key` in snake_case, flags are the key alone; `Setting.all` joins both to these fields.
package struct SearchConfiguration: Sendable, Equatable {
    package var space = Space()
    package var data = DataSection()
    package var method = Method()
    package var training = TrainingSection()
    package var architecture = Architecture()
    package var temperature = Temperature()
    package var budget = Budget()
    package var retrain = Retraining()
    package var evaluation = Evaluation()
    package var run = Run()
    package var cluster = Cluster()

    package init() {}

    package struct DataSection: Sendable, Equatable {
        /// Share of the training images, without the judges' part, that gives the weights' gradients; the rest is held out, but for
        /// what alpha of a bilevel search learns from.
        package var trainPortion = 0.5
        /// That; nil is all the rest.
        package var searchPortion: Double?
        /// Share of the training images that neither gradients nor evaluations of a run ever read: it judges what was found.
        package var judgeShare = 0.0
        /// What the split is keyed by, apart from the run's seed: all seeds of a series see the same parts.
        package var splitSeed = 0
        /// Pixels on each side before the random crop; -1 is the data set's own.
        package var cropPadding = -1
        /// 1 flips at random, 0 never, -1 is the data set's own.
        package var flip = -1
        package var cutout = false
        package var cutoutLength = 16
    }

    package struct TrainingSection: Sendable, Equatable {
        package var epochs = 150
        /// Steps after which the run ends early; 0 is none. No schedule changes.
        package var maxSteps = 0
        package var batchSize = 64
        /// Equal parts of a batch, each with its own sample; set by the configuration, never by the number of workers.
        package var shards = 8
        package var learningRate = 0.025
        package var learningRateMin = 0.001
        package var momentum = 0.9
        package var weightDecay = 3e-4
        package var gradClip = 5.0
        package var dropPathProb = 0.3
        /// Steps in a row that were skipped, for something was not finite, after which the run ends.
        package var skipLimit = 5
    }

    /// Alpha's optimiser: Adam, as in the paper and the official distributed mode. (The official single-GPU mode uses plain
    /// SGD without decay, most likely an oversight.)
    package struct Architecture: Sendable, Equatable {
        package var learningRate = 3e-4
        package var weightDecay = 1e-3
        package var beta1 = 0.5
        package var beta2 = 0.999
        package var gradClip = 10.0
        /// Mean and deviation of alpha's first values.
        package var locMean = 1.0
        package var locStd = 0.01
        /// Share of the epochs, from the first on, in which the weights alone are stepped. The paper has none; without it the
        /// cells that short searches found were no better than drawn ones (README, "What a search buys you").
        package var warmup = 0.5
        /// How the Gumbel noise of a step's shards hangs together.
        package var noise = ShardNoise.independent
        /// Share of the epochs, up to the last, over whose steps alpha is averaged before the cell is derived; 0: the last alpha.
        package var alphaAverage = 0.0
        /// Chance, at the start, that a shard does without an operation that has no weights; it falls linearly to 0.
        package var parameterlessDropout = 0.0
    }

    package struct Temperature: Sendable, Equatable {
        package var shape = ScheduleShape.linear
        package var start = 1.0
        package var end = 0.03
        /// Falls every step instead of every epoch.
        package var byStep = false
        package var clock = TemperatureClock.run
    }

    /// What the temperature's fall is counted from; they differ where there is a warm-up.
    package enum TemperatureClock: String, Sendable, CaseIterable {
        /// The run's first epoch.
        case run
        /// The first epoch in which alpha moves.
        case search
    }

    package struct Evaluation: Sendable, Equatable {
        /// Every so many epochs, and after the last.
        package var everyEpochs = 1
        /// In the order of `EvaluatedNetwork`; `derived` is always among them, for the best checkpoint is chosen by it.
        package var networks = EvaluatedNetwork.allCases
        /// Gradient images, drawn by the seed, whose batch statistics an evaluation uses.
        package var recalibrationImages = 1024
        package var shardImages = 64
        /// Held-out images that an evaluation before the last sees, of every class the same share; 0: as many as a tenth of an
        /// epoch's training allows.
        package var images = 0
        /// Draws of the soft and of the hard sample. One draw is a matter of luck: late in a search two of them differ by
        /// several points. Four halve that and give a standard error of three degrees of freedom; the held-out images that an
        /// evaluation can afford are divided among all draws, so more would each see too few.
        package var draws = 4
    }

    package struct Run: Sendable, Equatable {
        package var seed = 2
        package var checkpointIntervalSeconds = 60.0
        /// Newest epochs of which a checkpoint is kept, besides the last three and the best.
        package var keepEpochs = 10
        /// Steps between two log lines.
        package var reportFreq = 50
    }

    package struct Cluster: Sendable, Equatable {
        package var connectTimeoutSeconds = 60.0
        package var beatIntervalSeconds = 2.0
        /// Silence after which a worker counts as gone.
        package var workerTimeoutSeconds = 30.0
        package var minWorkers = 1
        /// How long the coordinator waits for `minWorkers` before it ends for now.
        package var waitLimitSeconds = 600.0
        /// How long a stop waits for the step that is being computed.
        package var drainLimitSeconds = 20.0
        /// Times what its nodes usually take after which they are given to idle workers too.
        package var lateFactor = 3.0
        /// Share of an update's shards that two workers compute, to be compared.
        package var auditShare = 0.0
        package var pieceBytes = 524_288
        package var allowMixedKinds = false
    }
}
