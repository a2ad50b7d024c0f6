import Configuration
import Optimization
import SearchSpace
import Wire

/// Alpha learns from images of its own, of which the weights learn nothing, and then the weights from theirs, under the new alpha
/// (DARTS: Liu et al. 2019, algorithm 1). In a warm-up a step is the weights' round alone.
///
/// First order takes alpha's gradient at the weights as they are: two rounds a step. Second order takes it at the weights that one more
/// step would give, and follows them back (`UnrolledDescent`): five rounds.
package struct BilevelSearch: Method {
    private let update: ArchitectureUpdate
    private let isUnrolled: Bool
    /// Nil between steps.
    private var open: OpenStep?

    /// What the rounds that are in have decided. Each case names the round that is next.
    private enum OpenStep: Sendable {
        /// The search stream's, at the weights one step ahead.
        case search(ahead: [Float])
        /// The gradient stream's, at w + eps v.
        case up(ArchitectureGradient, direction: [Float], reach: Double)
        /// The gradient stream's, at w - eps v.
        case down(ArchitectureGradient, direction: [Float], reach: Double, up: [Float])
        /// The weights', under the alpha that is about to be.
        case weights(ArchitectureState, StepFigures.Architecture, credits: [[Float]])
    }

    /// - Parameters:
    ///   - budget: nil where nobody asks how large the cell gets.
    ///   - unrolled: second order.
    package init(_ budget: Budget?, unrolled: Bool) {
        update = ArchitectureUpdate(pressure: budget?.pressure)
        isUnrolled = unrolled
    }

    package var isInsideStep: Bool { open != nil }

    /// What the open step's rounds have decided is forgotten; the state never saw it.
    package mutating func abandonStep() { open = nil }

    // MARK: Which round is next

    /// First order: the search batch, then the weights' under the alpha that it makes. Second order: the gradient batch, the
    /// search batch at the weights one step ahead, the gradient batch at w + eps v and at w - eps v, then the weights' round.
    package func nextRound(of state: RunState, _ plan: TrainingPlan) -> PlannedRound {
        let step = state.step
        let alpha = SearchedCells.architecture(of: state).table
        let every: RoundYields = [.weightGradient, .statistics]
        func planned(_ job: RoundJob, _ weights: RoundWeights = .current) -> PlannedRound {
            PlannedRound(
                update.withLossFactors(job, alpha.shape, plan), weights: weights, layout: plan.layout,
                classes: plan.classes)
        }
        switch open {
        case nil where !plan.movesAlpha(at: step):
            return planned(plan.gradientRound(step, yields: every, alpha: alpha))
        case nil where isUnrolled:
            return planned(plan.gradientRound(step, yields: .weightGradient, alpha: alpha))
        case nil:
            return planned(plan.searchRound(step, yields: .alphaGradient, alpha: alpha))
        case .search(let ahead):
            return planned(
                plan.searchRound(step, yields: [.weightGradient, .alphaGradient], alpha: alpha), .trial(ahead))
        case .up(_, let direction, let reach):
            return planned(
                plan.gradientRound(step, yields: .alphaGradient, alpha: alpha),
                .trial(UnrolledDescent.moved(state.weights, along: direction, by: reach)))
        case .down(_, let direction, let reach, _):
            return planned(
                plan.gradientRound(step, yields: .alphaGradient, alpha: alpha),
                .trial(UnrolledDescent.moved(state.weights, along: direction, by: -reach)))
        case .weights(let architecture, _, _):
            return planned(plan.gradientRound(step, yields: every, alpha: architecture.table))
        }
    }

    // MARK: What becomes of a round

    /// Keeps what a round decides to itself until the step's last round, the weights': only that one changes the state.
    package mutating func absorb(
        _ sum: RoundSum, into state: inout RunState, _ plan: TrainingPlan
    ) -> StepProgress {
        precondition(sum.job.step == UInt64(state.step))
        guard sum.areShardsFinite else { return .notFinite }
        switch open {
        case nil where !plan.movesAlpha(at: state.step):
            return stepWeights(by: sum, &state, SearchedCells.architecture(of: state), nil, credits: [], plan)
        case nil where isUnrolled: return lookAhead(by: sum, state, plan)
        case nil: return stage(ArchitectureGradient(sum, plan), state, plan)
        case .search: return findDirection(by: sum, state, plan)
        case .up(let gradient, let direction, let reach):
            let up = ArchitectureGradient(sum, plan)
            guard up.isFinite else { return .notFinite }
            open = .down(gradient, direction: direction, reach: reach, up: up.mean)
            return .anotherRound
        case .down(var gradient, _, let reach, let up):
            let down = ArchitectureGradient(sum, plan)
            guard down.isFinite else { return .notFinite }
            gradient.mean = UnrolledDescent.gradient(
                search: gradient.mean, up: up, down: down.mean, rate: plan.learningRate(at: state.step), reach: reach)
            return stage(gradient, state, plan)
        case .weights(let architecture, let figures, let credits):
            return stepWeights(by: sum, &state, architecture, figures, credits: credits, plan)
        }
    }

    private mutating func lookAhead(by sum: RoundSum, _ state: RunState, _ plan: TrainingPlan) -> StepProgress {
        let training = plan.configuration.training
        let ahead = UnrolledDescent.ahead(
            state.weights, velocity: state.velocity, gradient: Self.weightMean(sum),
            rate: plan.learningRate(at: state.step), momentum: training.momentum, weightDecay: training.weightDecay)
        guard VectorSum.isFinite(ahead) else { return .notFinite }
        open = .search(ahead: ahead)
        return .anotherRound
    }

    private mutating func findDirection(by sum: RoundSum, _ state: RunState, _ plan: TrainingPlan) -> StepProgress {
        let gradient = ArchitectureGradient(sum, plan)
        let direction = Self.weightMean(sum)
        let length = GradientClipping.norm(direction)
        guard gradient.isFinite, length.isFinite else { return .notFinite }
        // Where the loss does not depend on the weights, alpha's gradient is what it is without them.
        guard let reach = UnrolledDescent.reach(along: length) else { return stage(gradient, state, plan) }
        open = .up(gradient, direction: direction, reach: reach)
        return .anotherRound
    }

    private mutating func stage(
        _ gradient: ArchitectureGradient, _ state: RunState, _ plan: TrainingPlan
    ) -> StepProgress {
        guard gradient.isFinite else { return .notFinite }
        var architecture = SearchedCells.architecture(of: state)
        let figures = update.step(&architecture, by: gradient, isStepped: true, at: state.step, plan)
        guard architecture.isFinite else { return .notFinite }
        open = .weights(architecture, figures, credits: gradient.credits)
        return .anotherRound
    }

    private mutating func stepWeights(
        by sum: RoundSum, _ state: inout RunState, _ architecture: ArchitectureState,
        _ figures: StepFigures.Architecture?, credits: [[Float]], _ plan: TrainingPlan
    ) -> StepProgress {
        let round = WeightRound(sum, architecture.alpha.shape, plan)
        guard round.isFinite else { return .notFinite }
        open = nil
        return round.step(&state, sum, architecture, figures, credits: credits, plan)
    }

    /// Of a round that yields the weights' gradient alone; not clipped.
    private static func weightMean(_ sum: RoundSum) -> [Float] {
        var mean = sum.total
        VectorSum.divide(&mean, by: Float(sum.job.shardCount))
        return mean
    }
}
