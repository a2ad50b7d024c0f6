package import Configuration
package import SearchSpace
package import Wire

/// A run as a value, be it a search or a retraining: it says which round it wants, takes the round's sum, and says what came of it.
///
/// Its method takes steps; after an epoch, held-out images are seen (`EvaluationPlan`).
package struct TrainingRun: Sendable {
    /// What stays the same from the run's first step to its last.
    package let plan: TrainingPlan
    /// What is searched; nil where the architecture is fixed.
    package let cells: SearchedCells?
    private var method: any Method
    /// As the last step or evaluation left it; a checkpoint holds all of it.
    package private(set) var state: RunState
    /// What the open evaluation has reached; nil between evaluations.
    var evaluation: OpenEvaluation?
    /// Multiply-adds of rounds that are in and that the state does not hold yet: a run that goes on takes them again.
    private var openWork = 0.0

    /// - Parameter cells: what is searched; nil where the architecture is fixed.
    package init(_ plan: TrainingPlan, _ method: any Method, cells: SearchedCells?) {
        self.plan = plan
        self.method = method
        self.cells = cells
        state = RunState(plan.configuration, layout: plan.layout, cells?.space.shape)
    }

    /// Goes on from a checkpoint's state, which must have this run's shapes.
    package mutating func resume(from state: RunState) {
        precondition(state.weights.count == plan.layout.weightCount)
        self.state = state
        method.abandonStep()
        evaluation = nil
        openWork = 0
    }

    // MARK: Rounds

    /// Whether a round of a step would be next but an evaluation is due first.
    private var evaluationIsDue: Bool {
        let last = state.step - 1
        return last >= 0 && plan.endsEpoch(last) && state.evaluatedEpochs <= plan.epoch(of: last)
    }

    /// Whether some of a step's rounds are in and others are not.
    package var isInsideStep: Bool { method.isInsideStep }

    /// Nil when the run is over.
    package mutating func nextRound() -> PlannedRound? {
        if evaluation != nil || evaluationIsDue { return nextEvaluationRound() }
        guard state.step < plan.lastStep else { return nil }
        return method.nextRound(of: state, plan)
    }

    /// Takes the sum of the round that `nextRound` asked for.
    ///
    /// - Parameters:
    ///   - total: the payloads' fixed-tree sum, not divided.
    ///   - reports: one a shard, in order.
    package mutating func absorb(_ job: RoundJob, total: [Float], reports: [ShardReport]) -> [RunReport] {
        openWork += cells?.work?.multiplyAdds(of: job, plan) ?? 0
        guard evaluation == nil else { return absorbEvaluation(job, total: total, reports: reports) }
        switch method.absorb(RoundSum(job, total: total, reports: reports), into: &state, plan) {
        case .anotherRound: return []
        case .notFinite: return skip()
        case .stepped(let figures):
            state.skippedInRow = 0
            beginTotals()
            state.epochTotals.add(figures)
            return advance(figures, isSkipped: false)
        }
    }

    /// The step is done without stepping anything: weights, architecture, optimisers and statistics stay, step number and schedules
    /// advance. It leaves no trace in the epoch's means.
    package mutating func skip() -> [RunReport] {
        method.abandonStep()
        state.skippedSteps += 1
        state.skippedInRow += 1
        beginTotals()
        return advance(.skipped, isSkipped: true)
    }

    private mutating func beginTotals() {
        if state.step % plan.stepsPerEpoch == 0 { state.epochTotals = EpochTotals(state.epochTotals.credits.shape) }
    }

    private mutating func advance(_ figures: StepFigures, isSkipped: Bool) -> [RunReport] {
        let done = state.step
        state.step += 1
        settleWork()
        // A run that goes on beyond its end chooses anew.
        state.architecture?.chosenCandidate = nil
        let gap = plan.configuration.architecture.earlyFixing
        if plan.endsEpoch(done), done >= plan.warmupSteps { state.architecture?.fixRows(gap: gap) }
        let report = StepReport(
            step: done, epoch: plan.epoch(of: done), stepInEpoch: done % plan.stepsPerEpoch, loss: figures.loss,
            hits: figures.hits, images: figures.images, learningRate: plan.learningRate(at: done),
            dropPathProbability: plan.dropPathProbability(at: done), weightGradientNorm: figures.weightGradientNorm,
            isSkipped: isSkipped, skippedInRow: state.skippedInRow, isFinite: figures.isFinite, digests: state.digests,
            search: searchReport(figures.architecture, of: done))
        guard plan.endsEpoch(done), !plan.evaluates(after: done), !choiceIsDue(after: done) else {
            return [.step(report)]
        }
        return [.step(report), finishEpoch(plan.epoch(of: done), heldOut: [:], trained: nil)]
    }

    private func searchReport(_ figures: StepFigures.Architecture?, of step: Int) -> StepReport.Search? {
        cells.map { cells in
            StepReport.Search(
                temperature: plan.drawTemperature(at: step), alphaGradientNorm: figures?.gradientNorm ?? .nan,
                alphaGradient: figures?.gradient, reward: figures?.reward,
                budget: cells.budgetReport(of: state, cost: figures?.cost))
        }
    }

    private mutating func settleWork() {
        state.multiplyAdds += openWork
        openWork = 0
    }

    // MARK: Epochs

    /// What the run ends with is settled; the last evaluation is still to come where anything is held out.
    mutating func choose(_ candidate: Int, epoch: Int) -> [RunReport] {
        state.architecture?.chosenCandidate = candidate
        evaluation = nil
        settleWork()
        return plan.evaluates(after: state.step - 1) ? [] : [finishEpoch(epoch, heldOut: [:], trained: nil)]
    }

    mutating func finishEpoch(
        _ epoch: Int, heldOut: [EvaluatedNetwork: EpochReport.Accuracy], trained: EvaluationCount?
    ) -> RunReport {
        evaluation = nil
        settleWork()
        state.evaluatedEpochs = epoch + 1
        let totals = state.epochTotals
        let last = state.step - 1
        return .epoch(
            EpochReport(
                epoch: epoch, learningRate: plan.learningRate(at: last),
                dropPathProbability: plan.dropPathProbability(at: last),
                trainLoss: totals.loss / Double(max(1, totals.steps)),
                trainAccuracy: Double(totals.hits) / Double(max(1, totals.images)), heldOut: heldOut, trained: trained,
                search: cells?.epochReport(of: state, temperature: plan.drawTemperature(at: last))))
    }
}

extension TrainingRun {
    /// What a configuration asks for: with a genotype the training of its network, without one a search.
    ///
    /// - Throws: `UserError` (configuration) for a size that no cell has.
    package init(
        _ configuration: SearchConfiguration, image: ImageShape, classes: Int, gradientImages: Int,
        searchImages: Int = 0, choosingImages: Int = 0, heldOutImages: Int
    ) throws {
        func plan(_ layout: WeightLayout) -> TrainingPlan {
            TrainingPlan(
                configuration, layout: layout, classes: classes, gradientImages: gradientImages,
                searchImages: searchImages, choosingImages: choosingImages, heldOutImages: heldOutImages)
        }
        if let network = configuration.derivedPlan(image: image, classes: classes) {
            self.init(plan(.derivedNetwork(network)), FixedArchitecture(), cells: nil)
        } else {
            let network = configuration.plan(image: image, classes: classes)
            let budget = try Budget(configuration, image: image, classes: classes)
            self.init(
                plan(.superNetwork(network)), Self.method(configuration.method, budget),
                cells: SearchedCells(
                    network.space, rule: configuration.derivation, budget: budget,
                    choice: CandidateRule(configuration, budget), work: NetworkWork(network)))
        }
    }

    private static func method(_ section: SearchConfiguration.Method, _ budget: Budget) -> any Method {
        if section.isPolicy { return PolicySearch(budget) }
        return section.isBilevel ? BilevelSearch(budget, unrolled: section.unrolled) : SingleLevelSearch(budget)
    }
}
