package import SearchSpace
package import Wire

/// A round that a run wants next, with what it reads.
package struct PlannedRound: Sendable, Equatable {
    package let job: RoundJob
    /// Running statistics to evaluate with; nil where none are read.
    package let statistics: [Float]?
    /// Floats in a node's payload.
    package let payloadCount: Int
    /// Where an evaluation stands with it; nil for a step.
    package let place: RoundPlace?

    /// - Parameters:
    ///   - layout: of the network that the round computes.
    ///   - classes: of its images.
    package init(
        _ job: RoundJob, statistics: [Float]? = nil, layout: WeightLayout, classes: Int, place: RoundPlace? = nil
    ) {
        self.job = job
        self.statistics = statistics
        self.place = place
        let parts: [(RoundYields, Int)] = [
            (.weightGradient, layout.weightCount), (.statistics, layout.statisticCount),
            (.predictions, EvaluationCount.payloadCount(classes: classes)),
        ]
        payloadCount = parts.reduce(0) { $0 + (job.yields.contains($1.0) ? $1.1 : 0) }
    }
}

/// A round of an evaluation, for those who watch.
package struct RoundPlace: Sendable, Equatable {
    /// What is looked at.
    package let subject: String
    /// From 0.
    package let epoch: Int
    /// From 1.
    package let number: Int
    package let count: Int
}
