import Configuration
import Estimation
import Randomness
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
        return CategoricalSample(alpha: alpha, seed: seed, purpose: .candidate, number: number).mixture
    }

    /// What is compared: accuracy, times what the candidate's size counts.
    func worth(_ accuracy: Double, of table: EdgeTable<Float>) -> Double {
        accuracy * (sizes?.factor(of: table.map(Double.init).chosenEntries) ?? 1)
    }
}

/// The comparison at the end of a search, as far as it has come, by images that do nothing but choose.
struct CandidateChoice: Sendable {
    let epoch: Int
    private let rule: CandidateRule
    /// No two alike, by ascending number.
    private let candidates: [(number: Int, table: EdgeTable<Float>)]
    var looks: MixtureLooks

    init(_ rule: CandidateRule, _ architecture: ArchitectureState, epoch: Int) {
        self.rule = rule
        self.epoch = epoch
        var candidates: [(number: Int, table: EdgeTable<Float>)] = []
        for number in 0..<rule.count {
            let table = rule.candidate(number, of: architecture)
            if !candidates.contains(where: { $0.table == table }) { candidates.append((number, table)) }
        }
        self.candidates = candidates
        looks = MixtureLooks(count: candidates.count)
    }

    /// The candidate in work.
    var table: EdgeTable<Float> { candidates[looks.number].table }

    /// The open round among those of the comparison.
    var place: RoundPlace { looks.place("candidate \(looks.number + 1) of \(candidates.count)", epoch: epoch) }

    /// The number of the best: of equals that with the lower loss, then the one drawn first.
    var best: Int {
        precondition(looks.isOver)
        func worth(_ place: Int) -> Double { rule.worth(looks.done[place].accuracy, of: candidates[place].table) }
        let ranked = candidates.indices.max { left, right in
            (worth(left), -looks.done[left].loss, right) < (worth(right), -looks.done[right].loss, left)
        }
        return candidates[ranked ?? 0].number
    }
}
