import Coordinator
package import Host
import Launching
import Reporting
package import Wire

/// One `snas-worker` that trains many cells, as many at once as it has threads, and another in its place when it dies.
package final class TrainingPool {
    private let constants: TrainingConstants
    /// Trainings that run at once.
    let threads: Int
    private let words: [String]
    private let signals: SignalPipe
    private var worker: LineProcess?
    /// What the worker said of itself; nil before it did.
    private var greeting: TrainerGreeting?

    /// Workers that may die under one training before it is to blame.
    private static let attemptLimit = 3

    /// Jobs that lie with the worker, for each of its threads: one that is trained and the next.
    private var openLimit: Int { 2 * threads }
    /// Outcomes that are held back, since one before them is still in training.
    private var aheadLimit: Int { 16 * threads }

    /// - Parameters:
    ///   - kernels: as the worker's flag; nil leaves the choice to it.
    ///   - oneShotRun: of a search, whose weights look at the cells instead of a training.
    ///   - signals: a signal ends `train`.
    package init(
        _ constants: TrainingConstants, threads: Int, kernels: String?, oneShotRun: String? = nil, signals: SignalPipe
    ) {
        self.constants = constants
        self.threads = threads
        self.signals = signals
        words =
            ["--trainings", "--threads", String(threads)] + (kernels.map { ["--kernels", $0] } ?? [])
            + (oneShotRun.map { ["--one_shot", $0] } ?? [])
            + LogStream.words
    }

    /// Why nothing more comes.
    private struct Stopped: Error {}

    // MARK: The worker

    /// Starts the worker, where it does not run, and waits for its greeting.
    ///
    /// - Returns: nil where a signal came first.
    /// - Throws: `UserError` with the worker's own exit code where it ended instead.
    package func start() throws -> TrainerGreeting? {
        do { return try started() } catch is Stopped { return nil }
    }

    private func started() throws -> TrainerGreeting {
        if worker != nil, let greeting { return greeting }
        let process = try LineProcess(
            try WorkerProgram.path(), words, lineLimitBytes: TrainingLines.limitBytes,
            environment: WorkerProgram.environment)
        _ = try process.send(constants.line)
        var lines: [String] = []
        while lines.isEmpty {
            guard let received = try receive(from: process) else {
                switch process.wait() {
                case .exited(let code):
                    throw ProgramFault(
                        endOfChild: "snas-worker ended before it was ready; it says why above", code: code
                    ).error
                case .signalled(let signal):
                    throw UserError(.internalFault, "snas-worker was ended by signal \(signal) before it was ready")
                }
            }
            lines = received
        }
        let new = try TrainerGreeting(line: lines[0])
        precondition(greeting == nil || greeting == new, "one machine, two greetings")
        (worker, greeting) = (process, new)
        return new
    }

    /// Nil once the worker is gone.
    ///
    /// - Throws: `Stopped` where a signal comes.
    private func receive(from process: LineProcess) throws -> [String]? {
        while true {
            let ready = DescriptorPoll.wait([signals.fileDescriptor, process.output])
            if ready.contains(signals.fileDescriptor), signals.nextStop() != nil { throw Stopped() }
            if ready.contains(process.output) { return try process.receive() }
        }
    }

    // MARK: Trainings

    /// Trains them side by side and tells of each in the jobs' order, whatever order they end in.
    ///
    /// - Parameters:
    ///   - jobs: numbered from 0, in order.
    /// - Returns: false where a signal ended it early.
    /// - Throws: what `took` throws; `UserError` where trainings end one worker after the other.
    package func train(_ jobs: [TrainingJob], took: (TrainingOutcome) throws -> Void) throws -> Bool {
        precondition(jobs.enumerated().allSatisfy { $0.offset == $0.element.number })
        var book = TrainingQueue(jobCount: jobs.count, openLimit: openLimit, aheadLimit: aheadLimit)
        do {
            while !book.isDone {
                _ = try started()
                guard let worker else { preconditionFailure("it has just greeted") }
                var isAlive = true
                while isAlive, let number = book.next() { isAlive = try worker.send(jobs[number].line) }
                if isAlive, let lines = try receive(from: worker) {
                    for line in lines {
                        for outcome in try book.take(try TrainingOutcome(line: line)) { try took(outcome) }
                    }
                } else {
                    try replace(worker, &book)
                }
            }
        } catch is Stopped {
            worker = nil
            return false
        }
        return true
    }

    private func replace(_ dead: LineProcess, _ book: inout TrainingQueue) throws {
        worker = nil
        let how =
            switch dead.wait() {
            case .exited(let code): "exit code \(code)"
            case .signalled(let signal): "signal \(signal)"
            }
        let attempts = book.giveBack()
        guard attempts < Self.attemptLimit else {
            throw UserError(
                .internalFault, "snas-worker ended \(attempts) times under the same trainings, at last with \(how)")
        }
        LogStream.snas.say(
            LogLine(.workerLost, "snas-worker ended with \(how); its trainings go to another", level: .warning))
    }
}
