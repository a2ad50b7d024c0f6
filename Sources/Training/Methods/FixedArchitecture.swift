import Configuration
import Optimization
import SearchSpace
import Wire

/// The training of a derived network: there is no alpha and no sample. A step is one round: the mean weight gradient of a batch's
/// shards, clipped, and SGD.
/// Learning rate and drop path come from the plan (`TrainingPlan`).
package struct FixedArchitecture: Method {
    /// It remembers nothing: a step depends on state and plan alone.
    package init() {}

    /// The step's one round: the gradient of the weights and the batch statistics of a gradient batch.
    package func nextRound(of state: RunState, _ plan: TrainingPlan) -> PlannedRound {
        let job = plan.gradientRound(state.step, mixing: .none, yields: [.weightGradient, .statistics])
        return PlannedRound(job, layout: plan.layout, classes: plan.classes)
    }

    /// Steps weights and running statistics; nothing of it where anything is not finite.
    package func absorb(_ sum: RoundSum, into state: inout RunState, _ plan: TrainingPlan) -> StepProgress {
        let round = WeightRound(sum, nil, plan)
        guard sum.areShardsFinite, round.isFinite else { return .notFinite }
        return round.step(&state, sum, nil, nil, credits: [], plan)
    }
}
