/// A checkpoint, and what may keep it longer than the newest few.
package struct CheckpointMark: Sendable, Equatable {
    /// Names sort by age.
    package var name: PersistenceRequest.Name
    /// Made when an epoch ended, not by the clock.
    package var endsEpoch: Bool
    /// How good the run was then, more is better; nil where nobody looked.
    package var score: Double?
    /// False where the score stands for something that nobody wants to go back to.
    package var isSound: Bool

    /// The defaults are those of a checkpoint that the clock asked for.
    package init(name: PersistenceRequest.Name, endsEpoch: Bool = false, score: Double? = nil, isSound: Bool = true) {
        self.name = name
        self.endsEpoch = endsEpoch
        self.score = score
        self.isSound = isSound
    }
}

/// Which checkpoints stay: the newest few of any kind, those of the newest epochs, the best, and the best sound one. Of equal
/// scores the later counts: it was trained longer.
///
/// The best is chosen among those that stand, not by what a run remembers: one that could not be written protects nothing.
package struct CheckpointRetention: Sendable, Equatable {
    /// How many of the newest stay, of any kind; at least 1.
    package var newest: Int
    /// How many of the newest that ended an epoch stay; 0 keeps none for that reason.
    package var epochs: Int

    package init(newest: Int, epochs: Int) {
        precondition(newest >= 1 && epochs >= 0)
        self.newest = newest
        self.epochs = epochs
    }

    /// - Parameter standing: oldest first.
    /// - Returns: what may go, oldest first.
    package func excess(_ standing: [CheckpointMark]) -> [PersistenceRequest.Name] {
        let ofEpochs = standing.filter(\.endsEpoch)
        var kept = Set((standing.suffix(newest) + ofEpochs.suffix(epochs)).map(\.name))
        for candidates in [standing, standing.filter(\.isSound)] {
            if let best = Self.best(candidates) { kept.insert(best.name) }
        }
        return standing.map(\.name).filter { !kept.contains($0) }
    }

    private static func best(_ marks: [CheckpointMark]) -> CheckpointMark? {
        var best: (mark: CheckpointMark, score: Double)?
        for mark in marks {
            guard let score = mark.score, score >= best?.score ?? score else { continue }
            best = (mark, score)
        }
        return best?.mark
    }
}
