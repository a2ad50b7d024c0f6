package import Optimization
package import SearchSpace
package import Wire

/// A round that a run wants next, with what it reads.
package struct PlannedRound: Sendable, Equatable {
    /// What its shards compute.
    package let job: RoundJob
    package let weights: RoundWeights
    /// Running statistics to evaluate with; nil where none are read.
    package let statistics: [Float]?
    /// Floats of the vector that is summed over shards.
    package let payloadCount: Int
    /// How that vector is cut, where shards leave parts of it out; nil where they leave nothing out.
    package let parts: VectorParts?
    /// Where an evaluation stands with it; nil for a step.
    package let place: RoundPlace?

    /// - Parameters:
    ///   - layout: of the network that the round computes.
    ///   - classes: of its images.
    ///   - logitParts: how the payload of a round that yields logits is cut (`LogitPayload`); nil of every other.
    package init(
        _ job: RoundJob, weights: RoundWeights = .current, statistics: [Float]? = nil, layout: WeightLayout,
        classes: Int, logitParts: VectorParts? = nil, place: RoundPlace? = nil
    ) {
        precondition((logitParts != nil) == job.yields.contains(.logits))
        self.job = job
        self.weights = weights
        self.statistics = statistics
        self.place = place
        let parts: [(RoundYields, Int)] = [
            (.weightGradient, layout.weightCount), (.statistics, layout.statisticCount),
            (.predictions, EvaluationCount.payloadCount(classes: classes)),
        ]
        self.parts = logitParts ?? VectorParts(job, layout)
        payloadCount = logitParts?.count ?? parts.reduce(0) { $0 + (job.yields.contains($1.0) ? $1.1 : 0) }
    }
}

/// Which weights a round reads.
package enum RoundWeights: Sendable, Equatable {
    /// The state's: those after the last step.
    case current
    /// These, in the layout's order: a method asks what would be there.
    case trial([Float])
}

/// A round of an evaluation, for those who watch.
package struct RoundPlace: Sendable, Equatable {
    /// What is looked at, in words for people: `held-out images`, or a search's network and its draw.
    package let subject: String
    /// From 0.
    package let epoch: Int
    /// From 1.
    package let number: Int
    /// Rounds of the whole evaluation.
    package let count: Int
}
