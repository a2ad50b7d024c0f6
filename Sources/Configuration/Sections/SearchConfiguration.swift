package import Optimization
package import SearchSpace

/// Everything that a run can be told. Defaults are the paper's (SNAS, section 4.1) and the official repository's, but for the
/// warm-up.
///
/// Names in files are `section.key` in snake_case, flags are the key alone; `Setting.all` joins both to these fields.
package struct SearchConfiguration: Sendable, Equatable {
    /// What cells are searched in, and how they are stacked.
    package var space = Space()
    /// Which images do what, and how they are varied.
    package var data = DataSection()
    /// Whose search it is, and which images alpha learns from.
    package var method = Method()
    /// Steps, batches and the weights' optimiser, of searches and retrainings.
    package var training = TrainingSection()
    /// Alpha's optimiser, first values and noise. Searches alone read it.
    package var architecture = Architecture()
    /// How soft a drawn mixture is. Only methods that draw read it.
    package var temperature = Temperature()
    /// How children are rewarded. Only a policy reads it.
    package var policy = Policy()
    /// What the cell's size costs, or which size it is to have. Searches alone read it.
    package var budget = Budget()
    /// What only a retraining reads. A genotype in it makes the run one.
    package var retrain = Retraining()
    /// What is looked at on held-out images, and when.
    package var evaluation = Evaluation()
    /// Seed, checkpoints and log lines.
    package var run = Run()
    /// Deadlines, numbers of workers and transfers. No bit of the result depends on them, unless `allowMixedKinds` is
    /// on.
    package var cluster = Cluster()

    /// A search with every default; what its method or space sets otherwise is not in it yet.
    package init() {}

    /// The parts of the training images, and their augmentation.
    package struct DataSection: Sendable, Equatable {
        /// Share of the training images, without the judges' part, that gives the weights' gradients; the rest is held out, but for
        /// what alpha of a bilevel search learns from.
        package var trainPortion = 0.5
        /// Share of the same images that alpha of a bilevel search learns from; nil is all that `trainPortion` and the
        /// images for a choice leave. A search of one level takes nil or 0 alone.
        package var searchPortion: Double?
        /// Share of the same images that the best of several cells is chosen on, and nothing else reads; nil is a tenth where a cell is
        /// chosen so, else none.
        package var choosingPortion: Double?
        /// Share of the training images that neither gradients nor evaluations of a run ever read: it judges what was found.
        package var judgeShare = 0.0
        /// Which numbers the classes have.
        package var labels = LabelNumbering.asIs
        /// What the split is keyed by, apart from the run's seed: all seeds of a series see the same parts.
        package var splitSeed = 0
        /// Pixels on each side before the random crop; -1 is the data set's own.
        package var cropPadding = -1
        /// 1 flips at random, 0 never, -1 is the data set's own.
        package var flip = -1
        /// Whether a square is cut out of every training image (DeVries and Taylor 2017).
        package var cutout = false
        /// Side of the cutout's square in pixels; it is smaller at the image's border, and an odd length counts as one less.
        package var cutoutLength = 16
    }

    /// What a class is, of data whose labels have gaps.
    package enum LabelNumbering: String, Sendable, CaseIterable {
        /// Every number up to the largest label is one, with images or without.
        case asIs = "as_is"
        /// The labels that images have are, numbered from 0 in their order.
        case compact
    }

    /// Steps and the weights' optimiser: SGD with momentum, a cosine from `learningRate` to `learningRateMin`.
    package struct TrainingSection: Sendable, Equatable {
        /// Length of every schedule. An epoch is as many whole batches as the gradient images give.
        package var epochs = 150
        /// Steps after which the run ends early; 0 is none. No schedule changes.
        package var maxSteps = 0
        /// Images of a step, over all shards; divisible by `shards`.
        package var batchSize = 64
        /// Equal parts of a batch, each with its own sample; set by the configuration, never by the number of workers.
        package var shards = 8
        /// Into how many parts a shard's images are cut, where it has as many: as many threads can share the shard. What the parts come to
        /// is added in a tree over them, so that the result depends on their number and not on the threads'.
        package var shardParts = 8
        /// Most that `shardParts` takes.
        package static let partsAtMost = 64
        /// Images of a step's shard.
        package var imagesPerShard: Int { batchSize / shards }
        /// Parts that a step's shard has.
        package var partsPerShard: Int { min(shardParts, max(1, imagesPerShard)) }
        /// Shards that one worker computes together, and a device as one batch: a power of two that divides `shards`.
        package var deviceShards = 1
        /// The weights' rate in the first epoch.
        package var learningRate = 0.025
        /// The weights' rate that the cosine reaches after the last epoch: the rate in the last is a little above it.
        package var learningRateMin = 0.001
        /// Share of the last step's velocity that is kept.
        package var momentum = 0.9
        /// L2, added to the gradient of every weight, batch norm's too.
        package var weightDecay = 3e-4
        /// Largest Euclidean norm of the averaged weight gradient; a longer one is scaled down to it.
        package var gradClip = 5.0
        /// Chance that an edge's output is dropped for an image. Constant in a search; in a retraining it rises from
        /// 0 as epoch / epochs (DARTS `train.py`).
        package var dropPathProb = 0.3
        /// Steps in a row that were skipped, for something was not finite, after which the run ends.
        package var skipLimit = 5
    }

    /// Alpha's optimiser: Adam, as in the paper and the official distributed mode. (The official single-GPU mode uses plain
    /// SGD without decay, most likely an oversight.)
    package struct Architecture: Sendable, Equatable {
        /// Adam's rate, constant: alpha has no schedule.
        package var learningRate = 3e-4
        /// L2, added to the gradient before Adam's moments.
        package var weightDecay = 1e-3
        /// Decay of Adam's first moment.
        package var beta1 = 0.5
        /// Decay of Adam's second moment.
        package var beta2 = 0.999
        /// Largest Euclidean norm of alpha's averaged gradient, over the tables of all kinds of cell together.
        package var gradClip = 10.0
        /// Mean of the normal draw that alpha begins with, by the official code's name.
        package var locMean = 1.0
        /// Standard deviation of the draw that alpha begins with; at 0 all operations begin alike.
        package var locStd = 0.01
        /// Share of the epochs, from the first on, in which the weights alone are stepped. The paper has none; without it the
        /// cells that short searches found were no better than drawn ones (the manual's page "What a search buys").
        package var warmup = 0.5
        /// How the Gumbel noise of a step's shards hangs together.
        package var noise = ShardNoise.independent
        /// Share of the epochs, up to the last, over whose steps alpha is averaged before the cell is derived; 0: the last alpha.
        package var alphaAverage = 0.0
        /// Chance, at the start, that a shard does without an operation that has no weights; it falls linearly to 0.
        package var parameterlessDropout = 0.0
        /// Steps of the weights for each step of alpha, in a bilevel search once alpha moves.
        package var alphaEvery = 1
        /// Z of an operation, in a shard's relaxed draw, below which it is not computed; 0: every operation is. Late epochs, whose
        /// temperature is low, are several times cheaper for it.
        package var skipBelow = 0.0
        /// Gap between an edge's two largest probabilities from which on it is decided and keeps its alpha (DSNAS, 0.3); 0: none ever
        /// is.
        package var earlyFixing = 0.0
    }

    /// How the temperature of a draw falls over the epochs, or steps, that `clock` counts.
    package struct Temperature: Sendable, Equatable {
        /// The curve between the two ends; `constant` stays at `start`.
        package var shape = ScheduleShape.linear
        /// Temperature in the first epoch that `clock` counts, or in its first step.
        package var start = 1.0
        /// Temperature in the last epoch, or in its last step, whatever the number of epochs.
        package var end = 0.03
        /// Falls every step instead of every epoch.
        package var byStep = false
        /// Whether the fall begins at once or after the warm-up.
        package var clock = TemperatureClock.run
    }

    /// What the temperature's fall is counted from; they differ where there is a warm-up.
    package enum TemperatureClock: String, Sendable, CaseIterable {
        /// The run's first epoch.
        case run
        /// The first epoch in which alpha moves.
        case search
    }

    /// What is looked at on held-out images, how often and on how many of them.
    package struct Evaluation: Sendable, Equatable {
        /// Every so many epochs, and after the last.
        package var everyEpochs = 1
        /// In the order of `EvaluatedNetwork`; `derived` is always among them, for the best checkpoint is chosen by it.
        package var networks = EvaluatedNetwork.allCases
        /// Gradient images, drawn by the seed, whose batch statistics an evaluation uses.
        package var recalibrationImages = 1024
        /// Images of an evaluation's shard, whose batch norms see them together; the last one may have fewer.
        package var shardImages = 64
        /// Held-out images that an evaluation before the last sees, of every class the same share; 0: as many as a tenth of an
        /// epoch's training allows.
        package var images = 0
        /// Draws of the soft and of the hard sample. One draw is a matter of luck: late in a search two of them differ by
        /// several points. Four halve that and give a standard error of three degrees of freedom; the held-out images that an
        /// evaluation can afford are divided among all draws, so more would each see too few.
        package var draws = 4
    }

    /// What a run is repeated by, and what it leaves behind while it goes on.
    package struct Run: Sendable, Equatable {
        /// Key of initial values, shuffles, augmentation and noise; the split alone has another (`splitSeed`).
        package var seed = 2
        /// Least time between two checkpoints inside an epoch; 0 is one after every step.
        package var checkpointIntervalSeconds = 60.0
        /// Newest epochs of which a checkpoint is kept, besides the last three and the best.
        package var keepEpochs = 10
        /// Steps between two log lines.
        package var reportFreq = 50
    }

    /// What coordinator and workers expect of each other and of the network between them.
    package struct Cluster: Sendable, Equatable {
        /// How long a worker that `snas` starts on another host dials; those that are started by hand take their own flag of the same
        /// name, and those beside the coordinator end when it does.
        package var connectTimeoutSeconds = 60.0
        /// Time between two signs of life of either side of a run.
        package var beatIntervalSeconds = 2.0
        /// Silence after which either side counts as gone for the other.
        package var workerTimeoutSeconds = 30.0
        /// Workers that must be ready before a round is given out.
        package var minWorkers = 1
        /// How long the coordinator waits for `minWorkers` before it ends for now.
        package var waitLimitSeconds = 600.0
        /// How long a stop waits for the step that is being computed.
        package var drainLimitSeconds = 20.0
        /// Times what its nodes usually take after which they are given to idle workers too.
        package var lateFactor = 3.0
        /// Share of an update's shards that two workers compute, to be compared.
        package var auditShare = 0.0
        /// Bytes of a piece in which weights, gradients and data travel; a multiple of 4.
        package var pieceBytes = 524_288
        /// Lets in workers whose probe gave other bits than the run's first; equal bits are then not promised.
        package var allowMixedKinds = false
    }
}
