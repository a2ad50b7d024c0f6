import Configuration
import Estimation
import Optimization
import SearchSpace
import Wire

/// Alpha as a policy that draws children, and learns from how well they do (ENAS: Pham et al. 2018, section 2.3). A step of alpha is a
/// round over search images in which each shard judges one child by forward alone; the weights' round trains a child a shard, under
/// the alpha that is about to be. In a warm-up, and where alpha rests for some steps, a step is the weights' round alone.
///
/// ENAS' policy is a recurrent network that decides one edge after the other; here it is a softmax on each edge by itself.
package struct PolicySearch: Method {
    private let update: ArchitectureUpdate
    private let gradient: PolicyGradient
    /// What the reward round has decided; nil between steps.
    private var open: OpenStep?

    private struct OpenStep: Sendable {
        let architecture: ArchitectureState
        let figures: StepFigures.Architecture
    }

    /// - Parameter budget: nil where nobody asks how large the cell gets.
    package init(_ budget: Budget?) {
        update = ArchitectureUpdate(pressure: budget?.pressure)
        gradient = PolicyGradient(sizes: budget?.reward)
    }

    package var isInsideStep: Bool { open != nil }

    /// What the reward round has decided is forgotten; the state never saw it.
    package mutating func abandonStep() { open = nil }

    /// The children's rewards where alpha moves, then the weights' round.
    package func nextRound(of state: RunState, _ plan: TrainingPlan) -> PlannedRound {
        let architecture = open?.architecture ?? SearchedCells.architecture(of: state)
        let job =
            open == nil && plan.movesAlpha(at: state.step)
            ? plan.rewardRound(state.step, alpha: architecture.table)
            : plan.gradientRound(state.step, yields: [.weightGradient, .statistics], alpha: architecture.table)
        return PlannedRound(job, layout: plan.layout, classes: plan.classes)
    }

    /// Keeps what the rewards decide to itself until the weights' round is in: only that one changes the state.
    package mutating func absorb(
        _ sum: RoundSum, into state: inout RunState, _ plan: TrainingPlan
    ) -> StepProgress {
        precondition(sum.job.step == UInt64(state.step))
        guard sum.areShardsFinite else { return .notFinite }
        if sum.job.yields == .policyGradient { return judge(sum, state, plan) }
        let architecture = open?.architecture ?? SearchedCells.architecture(of: state)
        let round = WeightRound(sum, architecture.alpha.shape, plan)
        guard round.isFinite else { return .notFinite }
        defer { open = nil }
        return round.step(&state, sum, architecture, open?.figures, credits: [], plan)
    }

    private mutating func judge(_ sum: RoundSum, _ state: RunState, _ plan: TrainingPlan) -> StepProgress {
        var architecture = SearchedCells.architecture(of: state)
        let gradient = gradient.mean(sum, &architecture, plan)
        guard gradient.isFinite else { return .notFinite }
        let figures = update.step(&architecture, by: gradient, isStepped: true, at: state.step, plan)
        guard architecture.isFinite else { return .notFinite }
        open = OpenStep(architecture: architecture, figures: figures)
        return .anotherRound
    }
}
