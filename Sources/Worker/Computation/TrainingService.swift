import Configuration
import Datasets
import Formats
import Host
import Network
import Randomness
import SearchSpace
import Training
import Wire

/// `snas-worker --trainings`: trainings of many cells, each whole on one thread, several side by side. What `snas truth` starts
/// and talks to over standard input and output (`TrainingLines`).
struct TrainingService: Sendable {
    let threads: Int
    let path: CellPath
    let software: String
    /// Of a search, whose weights look at the cells instead of a training; nil trains them.
    let oneShotRun: String?

    /// What all trainings share.
    private struct Ground: Sendable {
        let configuration: SearchConfiguration
        let set: ImageSet
        let judgedBy: TrainingConstants.Judges
        let look: OneShotLook?
    }

    /// Serves until standard input ends; what is being trained then is wanted by nobody.
    ///
    /// - Throws: `UserFacingError`.
    func run() throws {
        var input = StandardInput(lineLimitBytes: TrainingLines.limitBytes)
        guard let first = try input.next() else { return }
        let ground = try prepare(try TrainingConstants(line: first))
        try StandardStreams.print(try greeting(ground).line)
        let work = WorkQueue<TrainingJob>()
        for number in 0..<threads {
            _ = try NativeThread(name: "training \(number)") {
                while let job = work.next() { Self.train(job, ground, path) }
            }
        }
        while let line = try input.next() { work.append([try TrainingJob(line: line)]) }
    }

    private func prepare(_ constants: TrainingConstants) throws -> Ground {
        let configuration = try SearchConfiguration(canonicalText: constants.configuration)
        let set = try RecognisedDataset(at: constants.dataLocation).loadTraining(
            compactsLabels: configuration.data.labels == .compact)
        let digest = Hexadecimal.string(set.digest())
        guard digest == constants.dataDigest else {
            throw UserError(
                .data, "the data set at '\(constants.dataLocation)' has digest \(digest), not \(constants.dataDigest)")
        }
        return Ground(
            configuration: configuration, set: set,
            judgedBy: constants.judgedBy,
            look: try oneShotRun.map { try OneShotLook(of: $0, set: set, path: path) })
    }

    /// The probe takes the networks that have one operation on every edge, of each operation that does anything.
    private func greeting(_ ground: Ground) throws -> TrainerGreeting {
        let set = ground.set
        let space = ground.configuration.space.searchSpace
        var probes: [UInt8] = []
        for operation in space.operations where operation != .none {
            let training = try CellTraining(
                ground.configuration, space.uniform(operation), set: set, path: path, judgedBy: ground.judgedBy)
            probes += Array(try training.probe().hexadecimal.utf8)
        }
        let split = try DataSplit(set, ground.configuration)
        return TrainerGreeting(
            probe: XXH3.hash128(probes), mathTable: XXH3.hash128(MathTable.bytes()), processor: HostInfo.processor(),
            software: software, trainingImages: split.gradient.count, judgeImages: split.judges(ground.judgedBy).count)
    }

    /// A training that cannot be done ends the whole worker: there is no table with a hole in it.
    private static func train(_ job: TrainingJob, _ ground: Ground, _ path: CellPath) {
        do {
            try StandardStreams.print(try outcome(of: job, ground, path).line)
        } catch { HostInfo.end(WorkerCommand.fail(error)) }
    }

    private static func outcome(of job: TrainingJob, _ ground: Ground, _ path: CellPath) throws -> TrainingOutcome {
        if let look = ground.look { return try look.look(at: job) }
        var recipe = ground.configuration
        recipe.run.seed = job.seed
        var training = try CellTraining(recipe, job.genotype, set: ground.set, path: path, judgedBy: ground.judgedBy)
        return try training.outcome(of: job)
    }
}
