import Configuration
import Estimation
import SearchSpace
import Wire

/// How a search takes its cell where it does not take it from alpha alone: so many cells are drawn from softmax(alpha), and the one
/// that does best with inherited weights is kept.
package struct CandidateRule: Sendable, Equatable {
    /// Cells that are drawn; those that come twice are compared once.
    package let count: Int
    private let seed: UInt64
    /// What a candidate's size counts beside its accuracy; nil: nothing.
    private let sizes: SizeReward?

    /// Nil where the configuration compares nothing.
    init?(_ configuration: SearchConfiguration, _ budget: Budget?) {
        guard let count = configuration.candidates else { return nil }
        self.count = count
        seed = UInt64(configuration.run.seed)
        sizes = budget?.reward
    }

    /// - Parameter number: from 0.
    func candidate(_ number: Int, of architecture: ArchitectureState) -> EdgeTable<Float> {
        // Edges that are decided keep their operation in every candidate.
        let alpha = architecture.fixedRows.isEmpty ? architecture.derivedAlpha : architecture.table
        return Candidate.draw(number, from: alpha, seed: seed).mixture
    }

    /// What is compared: accuracy, times what the candidate's size counts.
    func worth(_ accuracy: Double, of table: EdgeTable<Float>) -> Double {
        accuracy * (sizes?.factor(of: table.map(Double.init).chosenEntries) ?? 1)
    }
}

/// The comparison at the end of a search, as far as it has come. Each candidate is two rounds: batch statistics under its own mixture,
/// then the images that do nothing but choose.
struct CandidateChoice: Sendable {
    let epoch: Int
    private let rule: CandidateRule
    /// No two alike, by ascending number.
    private let candidates: [(number: Int, table: EdgeTable<Float>)]
    private var done: [EpochReport.Accuracy] = []
    /// Recalibrated for the candidate in work; nil until that round is in.
    private(set) var statistics: [Float]?

    init(_ rule: CandidateRule, _ architecture: ArchitectureState, epoch: Int) {
        self.rule = rule
        self.epoch = epoch
        var candidates: [(number: Int, table: EdgeTable<Float>)] = []
        for number in 0..<rule.count {
            let table = rule.candidate(number, of: architecture)
            if !candidates.contains(where: { $0.table == table }) { candidates.append((number, table)) }
        }
        self.candidates = candidates
    }

    var isOver: Bool { done.count == candidates.count }

    /// The candidate in work.
    var table: EdgeTable<Float> { candidates[done.count].table }

    /// The open round among those of the comparison.
    var place: RoundPlace {
        let subject = "candidate \(done.count + 1) of \(candidates.count)" + (statistics == nil ? ", statistics" : "")
        return RoundPlace(
            subject: subject, epoch: epoch, number: 2 * done.count + (statistics == nil ? 1 : 2),
            count: 2 * candidates.count)
    }

    /// Takes a round's sum in.
    mutating func absorb(_ sum: RoundSum) {
        if sum.job.yields.contains(.statistics) { return statistics = sum.meanStatistics }
        done.append(EpochReport.Accuracy(sum))
        statistics = nil
    }

    /// The number of the best: of equals that with the lower loss, then the one drawn first.
    var best: Int {
        precondition(isOver && !candidates.isEmpty)
        let ranked = candidates.indices.max { left, right in
            let (own, other) = (done[left], done[right])
            let worths = (
                rule.worth(own.accuracy, of: candidates[left].table),
                rule.worth(other.accuracy, of: candidates[right].table)
            )
            return (worths.0, -own.loss, right) < (worths.1, -other.loss, left)
        }
        return candidates[ranked ?? 0].number
    }
}

extension RoundSum {
    /// Of a round without gradients: every shard's statistics came times its images.
    var meanStatistics: [Float] { total.map { $0 / Float(job.imageCount) } }
}

extension EpochReport.Accuracy {
    /// Of a round over images that gave no gradients.
    init(_ sum: RoundSum) {
        self.init(
            loss: sum.reports.reduce(0.0) { $0 + Double($1.loss) } / Double(sum.images),
            accuracy: Double(sum.hits) / Double(sum.images), images: sum.images)
    }
}
