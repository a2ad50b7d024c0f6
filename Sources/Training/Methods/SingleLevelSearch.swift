import Configuration
import SearchSpace
import Wire

/// Weights and alpha learn together from the same batch and loss (SNAS: Xie et al. 2019, section 2.3; DSNAS: Hu et al. 2020). A step is
/// one round, in which each shard mixes by alpha for itself: mean gradients, clipped each (alpha's with the gradient of the cost), SGD for the weights,
/// Adam for alpha unless it is warm-up, running statistics.
package struct SingleLevelSearch: Method {
    private let update: ArchitectureUpdate

    /// - Parameter budget: nil where nobody asks how large the cell gets.
    package init(_ budget: Budget?) { update = ArchitectureUpdate(pressure: budget?.pressure) }

    /// The step's one round: the gradients of weights and alpha, and the batch statistics, of a gradient batch.
    package func nextRound(of state: RunState, _ plan: TrainingPlan) -> PlannedRound {
        let table = SearchedCells.architecture(of: state).table
        let job = plan.gradientRound(
            state.step, yields: [.weightGradient, .alphaGradient, .statistics], alpha: table)
        return PlannedRound(
            update.withLossFactors(job, table.shape, plan), layout: plan.layout, classes: plan.classes)
    }

    /// Steps weights and running statistics and, outside a warm-up, alpha; nothing of it where anything is not finite.
    package func absorb(_ sum: RoundSum, into state: inout RunState, _ plan: TrainingPlan) -> StepProgress {
        precondition(sum.job.step == UInt64(state.step))
        let round = WeightRound(sum, SearchedCells.architecture(of: state).alpha.shape, plan)
        let gradient = ArchitectureGradient(sum, plan)
        guard sum.areShardsFinite, round.isFinite, gradient.isFinite else { return .notFinite }
        var architecture = SearchedCells.architecture(of: state)
        let figures = update.step(
            &architecture, by: gradient, isStepped: plan.movesAlpha(at: state.step), at: state.step, plan)
        return round.step(&state, sum, architecture, figures, credits: gradient.credits, plan)
    }
}
