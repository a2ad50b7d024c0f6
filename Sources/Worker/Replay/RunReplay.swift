import Configuration
import Datasets
import Estimation
import Formats
import Host
import Network
import Reporting
import RunStore
import SearchProtocol
import SearchSpace
import Tensors
import Training
import Wire

/// Steps of a run computed again from its folder, in one process without sockets; nothing is written. It goes from the newest checkpoint
/// that serves to a step, and holds what each step leaves against the journal.
struct RunReplay {
    /// Whose steps they are; read only.
    let directory: RunDirectory
    /// Images and network.
    let run: PreparedRun
    /// As the rounds so far have left it.
    private(set) var training: TrainingRun
    /// Steps that the run has done: their numbers are below it.
    let stepsDone: Int
    /// The checkpoint that the steps were computed from; nil from the run's first step on.
    private(set) var checkpoint: String?
    /// How the bits compare with the run's own.
    private(set) var agreement: ReplayAgreement
    private let threads: Int
    private let journal: [Int: StepDigests]
    /// The rounds that are in of the step in work and of the evaluation behind it.
    private var rounds = 0
    /// The step whose rounds are counted.
    private var step = 0

    /// - Parameters:
    ///   - folder: of a search or a retraining, which may be running.
    ///   - place: where its training images are; nil where they lay.
    ///   - threads: shards that are computed at once.
    ///   - allowsMixedKinds: whether a machine that computes otherwise than the run's is let do it all the same.
    /// - Throws: `UserError` where there is no such run, its data set is another one, or this machine is of another kind.
    init(
        of folder: String, dataAt place: String?, threads: Int, path: CellPath, allowsMixedKinds: Bool = false
    ) throws {
        directory = try RunDirectory.toRead(folder)
        guard RunRecord.isThere(in: directory) else {
            throw UserError(.noInput, "'\(folder)' holds no run that has begun: its configuration is missing")
        }
        let record = try RunRecord(of: directory, dataAt: place)
        run = try PreparedRun(configuration: record.configuration, set: record.data, device: "cpu", path: path)
        training = try TrainingRun(record.configuration, on: record.data)
        self.threads = threads
        journal = try RunJournal.digests(of: directory)
        let planned = 0..<training.plan.lastStep
        stepsDone = (journal.keys.filter(planned.contains).max() ?? -1) + 1
        agreement = try ReplayAgreement(of: directory, run, allowsMixedKinds: allowsMixedKinds)
    }

    /// By whose code the cells are computed.
    var kernels: String { run.network.path == .operators ? "operators" : CellKernels.name }

    /// What multiplies the loss of a shard before its gradients are taken; nil where nothing does.
    var lossFactor: LogarithmicCost? {
        guard case .logarithm(let cost, _, isFactor: true) = training.cells?.budget?.pressure else { return nil }
        return cost
    }

    // MARK: Going to a step

    /// Goes to where a step begins.
    ///
    /// - Parameter told: called before each step on the way, with its number.
    /// - Throws: `UserError`: usage for a step that the run has not done, noInput where nothing is left to begin from, internalFault
    ///   where a step on the way leaves other bits than the journal has.
    mutating func go(to step: Int, told: (Int) -> Void = { _ in }) throws {
        guard (0..<stepsDone).contains(step) else {
            let done = stepsDone == 0 ? "no step" : "steps 0 to \(stepsDone - 1)"
            throw UserError(.usage, "step \(step) of '\(directory.path)' is not done: the run has \(done)")
        }
        try restore(before: step)
        while true {
            passOverEvaluation()
            if training.state.step == step { break }
            told(training.state.step)
            begin(training.state.step)
            while !(try takeRound()) {}
        }
        begin(step)
    }

    private mutating func begin(_ step: Int) {
        self.step = step
        rounds = 0
    }

    /// Checkpoints that cannot be believed are passed over with a word, as a resume does.
    private mutating func restore(before step: Int) throws {
        let names = try directory.checkpoints().filter { (RunDirectory.step(inName: $0) ?? .max) <= step }
        for name in names.reversed() {
            var state = training.state
            do {
                try state.restore(
                    tensors: try directory.readCheckpoint(name, file: "state.safetensors"),
                    counters: try directory.readCheckpoint(name, file: "state.json"), source: "checkpoint \(name)")
            } catch {
                LogStream.worker.say(
                    LogLine(.note, "checkpoint \(name) is passed over: \(error.userSentence)", level: .warning))
                continue
            }
            guard (0...step).contains(state.step) else { continue }
            try agreement.compare(state.digests, with: journal[state.step - 1], step: state.step - 1)
            training.resume(from: state)
            checkpoint = name
            return
        }
        guard let branch = try RunBranch.beginning(of: directory), branch.step > 0 else { return }
        throw UserError(
            .noInput,
            "'\(directory.path)' goes on from step \(branch.step) of \(branch.run) and keeps no checkpoint at or before step "
                + "\(step): " + (step < branch.step ? "that step is the other run's" : "there is nothing to begin from")
        )
    }

    /// An evaluation changes nothing that a step reads.
    private mutating func passOverEvaluation() {
        guard let planned = training.nextRound(), planned.place != nil else { return }
        var state = training.state
        state.evaluatedEpochs = Int(planned.job.epoch) + 1
        training.resume(from: state)
    }

    // MARK: Rounds

    /// The round that is next: of the step, or of the evaluation behind it.
    ///
    /// - Returns: nil where the step and what belongs to it are over.
    mutating func nextRound() throws -> ReplayedRound? {
        guard let planned = training.nextRound(), Int(planned.job.step) == step else { return nil }
        return try ReplayedRound(rounds, planned, current: training.state.weights, of: run)
    }

    /// Computes the round that is next, all shards of it, and takes its sum.
    ///
    /// - Returns: whether the step is done by it; then its bits were held against the journal.
    /// - Throws: `UserError` (internalFault) where they are others.
    @discardableResult
    mutating func takeRound() throws -> Bool {
        guard let round = try nextRound() else { preconditionFailure("step \(step) has no more rounds") }
        let (total, reports) = try round.sum(threads: threads)
        rounds += 1
        let before = training.state.step
        _ = training.absorb(round.planned.job, total: total, reports: reports)
        guard training.state.step > before else { return false }
        try agreement.compare(training.state.digests, with: journal[before], step: before)
        return true
    }
}
