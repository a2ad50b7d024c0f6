package import SearchSpace

#if canImport(Glibc)
    import Glibc
#endif

/// What the watch looks at of an epoch.
package struct WatchedEpoch: Sendable, Equatable {
    /// From 0.
    package let epoch: Int
    /// The cell as it stood after the epoch.
    package let genotype: Genotype
    /// Of the derived network on held-out images; nil where the epoch was not evaluated.
    package let derived: EpochReport.Accuracy?

    /// Of an epoch that has just ended, or of one that a run's metrics tell of.
    package init(epoch: Int, genotype: Genotype, derived: EpochReport.Accuracy?) {
        self.epoch = epoch
        self.genotype = genotype
        self.derived = derived
    }
}

/// One operation has taken a cell over.
package struct Takeover: Sendable, Equatable {
    /// What holds a cell, and how much of it.
    package enum Cause: Sendable, Equatable {
        /// The operation on so many of the edges that carry anything.
        case operation(Operation, Int, liveEdges: Int)
        /// So many of the cell's output nodes get nothing, because `none` holds every way to them.
        case deadNodes(Int, of: Int)

        /// Whether a fall of the accuracy counts against a majority already: that of skips, and of nodes cut off, is the known
        /// way down. Any other operation has one now and then, as the pools in SNAS_mild's reduction cell do.
        var isSuspect: Bool {
            switch self {
            case .operation(let operation, _, _): operation == .skipConnect
            case .deadNodes: true
            }
        }

        /// From 0 to 1; 0 where there is nothing to hold.
        package var share: Double {
            switch self {
            case .operation(_, let count, let all), .deadNodes(let count, let all):
                Double(count) / Double(max(1, all))
            }
        }
    }

    /// The kind of cell that is taken over.
    package let cell: CellKind
    package let cause: Cause
    /// The epoch it was seen in.
    package let epoch: WatchedEpoch
    /// The best evaluated epoch before the derived network's accuracy fell; nil where the share alone decides.
    package let fellFrom: WatchedEpoch?
    /// The best epoch before it in which nothing had been taken over; nil where there is none.
    package let goBackTo: WatchedEpoch?
}

/// Sees when one operation takes a cell over, the known way for a search of this kind to go wrong: skips (DARTS+, P-DARTS),
/// `none` (Hu et al. 2020 on SNAS itself), in short searches pools. Any operation can, so all are looked at alike.
///
/// DARTS+ stops at two skips among a normal cell's eight edges. That cannot be the rule here, where a cell keeps up to 14
/// edges and `none` prunes: the published SNAS cells have skips on 4 to 5 of 8 live edges of the normal cell and `none` on 6
/// of 14 edges (12 of 14 in the reduction cell of SNAS_aggressive, where 2 of 4 nodes are dead), and they work. So operations
/// are counted among live edges, `none` by the output nodes it cuts off, and two rules ask for more than those cells have:
/// - **three quarters and more**, of any operation: the cell is all but gone, whatever the accuracy says;
/// - **over a half, of skips or dead nodes, and the derived network has fallen**: in two evaluations running it is more than
///   two standard errors below its best before them.
///
/// Where fewer than four edges live, as in cells of one node, that one operation holds them is no more than a coincidence.
///
/// It takes epochs as they end, and holds the few that a later one can be measured by: a run of any length costs it the same.
package struct TakeoverWatch: Sendable, Equatable {
    /// The share from which on anything has taken a cell over, whatever the accuracy says.
    package static let overwhelmingShare = 0.75
    /// The share above which skips or dead nodes have taken a cell over if the accuracy has fallen.
    package static let majorityShare = 0.5
    /// Live edges from which on an operation's share of them means anything.
    package static let fewestEdges = 4
    /// Standard errors of a difference of two accuracies on as many images.
    package static let standardErrors = 2.0

    /// What the watch says of an epoch.
    package struct Verdict: Sendable, Equatable {
        /// False while any cell is taken over.
        package internal(set) var isSound = true
        /// What was taken over in this epoch and never before.
        package internal(set) var news: [Takeover] = []

        /// Of an epoch that is not looked at, as in a warm-up: sound, without news.
        package init() {}
    }

    /// The best evaluated epoch in which nothing was taken over.
    private var bestSound: WatchedEpoch?
    /// The last two that were evaluated, and the best before them.
    private var latest: [WatchedEpoch] = []
    private var bestBefore: WatchedEpoch?
    /// What was told, by cell and rule.
    private var told: Set<[Int]> = []

    /// Before a search's first epoch.
    package init() {}

    /// The verdict on an epoch, a function of it and of those looked at before.
    package mutating func look(at epoch: WatchedEpoch) -> Verdict {
        remember(epoch)
        var verdict = Verdict()
        for cell in epoch.genotype.kinds {
            for (rule, cause) in Self.causes(of: epoch.genotype, cell).enumerated() {
                let isOverwhelming = cause.share >= Self.overwhelmingShare
                let peak = isOverwhelming || !cause.isSuspect ? nil : fall(of: epoch, cell, rule)
                guard isOverwhelming || peak != nil else { continue }
                verdict.isSound = false
                guard told.insert([Int(cell.rawValue), rule]).inserted else { continue }
                verdict.news.append(
                    Takeover(cell: cell, cause: cause, epoch: epoch, fellFrom: peak, goBackTo: bestSound))
            }
        }
        if verdict.isSound { bestSound = Self.better(bestSound, epoch) }
        return verdict
    }

    private mutating func remember(_ epoch: WatchedEpoch) {
        guard epoch.derived != nil else { return }
        latest.append(epoch)
        if latest.count > 2 { bestBefore = Self.better(bestBefore, latest.removeFirst()) }
    }

    private static func causes(of genotype: Genotype, _ cell: CellKind) -> [Takeover.Cause] {
        let dead = genotype.deadNodes(of: cell)
        let live = genotype[cell].filter { $0.operation != .none && !dead.contains($0.from) }
        let outputs = cell == .normal ? genotype.normalConcat : genotype.reduceConcat
        let isJudged = live.count >= fewestEdges
        return Operation.allCases.filter { $0 != .none }.map { operation in
            .operation(operation, isJudged ? live.count { $0.operation == operation } : 0, liveEdges: live.count)
        } + [.deadNodes(outputs.count(where: dead.contains), of: outputs.count)]
    }

    /// The best before the last two evaluated epochs, where both are clearly below it and in both the cell is held by half.
    private func fall(of epoch: WatchedEpoch, _ cell: CellKind, _ rule: Int) -> WatchedEpoch? {
        guard epoch.derived != nil, let before = bestBefore?.derived else { return nil }
        let haveFallen = latest.allSatisfy { epoch in
            guard let now = epoch.derived, Self.causes(of: epoch.genotype, cell)[rule].share > Self.majorityShare
            else { return false }
            let variances = [before, now].map { $0.accuracy * (1 - $0.accuracy) / Double(max(1, $0.images)) }
            return now.accuracy < before.accuracy - Self.standardErrors * sqrt(variances[0] + variances[1])
        }
        return haveFallen ? bestBefore : nil
    }

    /// Of equals the later: it was trained longer. One that was not evaluated is no better than any.
    private static func better(_ best: WatchedEpoch?, _ epoch: WatchedEpoch) -> WatchedEpoch? {
        guard let accuracy = epoch.derived?.accuracy else { return best }
        return accuracy >= best?.derived?.accuracy ?? 0 ? epoch : best
    }
}
