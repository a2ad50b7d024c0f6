import Host
package import Wire

/// Which trainings are with the worker, and which outcomes wait for one before them.
package struct TrainingQueue {
    private let jobCount: Int
    private let openLimit: Int
    private let aheadLimit: Int
    private var taken = 0
    private var begun = 0
    private var open: Set<Int> = []
    private var givenBack: [Int] = []
    private var early: [Int: TrainingOutcome] = [:]
    /// Workers that died under a training.
    private var attempts: [Int: Int] = [:]

    /// Jobs are numbered from 0.
    ///
    /// - Parameters:
    ///   - openLimit: jobs that may be with the worker at once; 1 at least.
    ///   - aheadLimit: how far beyond the last outcome that was told a job may be; `openLimit` at least.
    package init(jobCount: Int, openLimit: Int, aheadLimit: Int) {
        precondition(openLimit >= 1 && aheadLimit >= openLimit)
        self.jobCount = jobCount
        self.openLimit = openLimit
        self.aheadLimit = aheadLimit
    }

    /// Whether every outcome has been told.
    package var isDone: Bool { taken == jobCount }

    /// The next job for the worker; nil while it has enough.
    package mutating func next() -> Int? {
        guard open.count < openLimit else { return nil }
        if let number = givenBack.popLast() {
            open.insert(number)
            return number
        }
        guard begun < min(jobCount, taken + aheadLimit) else { return nil }
        open.insert(begun)
        begun += 1
        return begun - 1
    }

    /// - Returns: the outcomes that are next in order now.
    /// - Throws: `UserError` (protocolMismatch) for one that nobody waits for.
    package mutating func take(_ outcome: TrainingOutcome) throws -> [TrainingOutcome] {
        guard open.remove(outcome.number) != nil else {
            throw UserError(.protocolMismatch, "snas-worker told of training \(outcome.number), which it does not have")
        }
        early[outcome.number] = outcome
        attempts[outcome.number] = nil
        var next: [TrainingOutcome] = []
        while let outcome = early.removeValue(forKey: taken) {
            next.append(outcome)
            taken += 1
        }
        return next
    }

    /// What the dead worker had is to be done by another.
    ///
    /// - Returns: how many workers have died under the unluckiest training.
    package mutating func giveBack() -> Int {
        givenBack += open.sorted().reversed()
        for number in open { attempts[number, default: 0] += 1 }
        open = []
        return attempts.values.max() ?? 0
    }
}
