import Configuration
import Estimation
import Randomness
import SearchSpace
import Wire

/// How far an evaluation has come: for each pass first the statistics, then the held-out images.
struct EvaluationProgress: Sendable {
    let epoch: Int
    let plan: EvaluationPlan
    /// Passes that are done, each with what it saw, in the plan's order; the next is in work.
    var done: [EpochReport.Accuracy] = []
    /// Recalibrated for the pass in work; nil until that round is in.
    var statistics: [Float]?

    var isOver: Bool { done.count == plan.passes.count }

    /// The open round among those of the evaluation.
    var place: RoundPlace {
        let pass = plan.passes[done.count]
        let draws = plan.passes.count { $0.network == pass.network }
        let draw = draws > 1 ? ", draw \(pass.draw + 1) of \(draws)" : ""
        return RoundPlace(
            subject: pass.network.label + draw + (statistics == nil ? ", statistics" : ""), epoch: epoch,
            number: 2 * done.count + (statistics == nil ? 1 : 2), count: 2 * plan.passes.count)
    }

    /// Of each network the mean over its passes.
    var heldOut: [EvaluatedNetwork: EpochReport.Accuracy] {
        var seen: [EvaluatedNetwork: [EpochReport.Accuracy]] = [:]
        for (pass, accuracy) in zip(plan.passes, done) { seen[pass.network, default: []].append(accuracy) }
        return seen.mapValues(EpochReport.Accuracy.init(mean:))
    }
}

extension SearchRun {
    /// Whether the epoch that `step` was the last one of is evaluated, not only reported.
    func evaluates(after step: Int) -> Bool {
        heldOutImages > 0
            && ((epoch(of: step) + 1) % configuration.evaluation.everyEpochs == 0 || step + 1 == lastStep)
    }

    private func evaluationPlan(after step: Int) -> EvaluationPlan {
        EvaluationPlan(
            configuration, epochImages: stepsPerEpoch * configuration.training.batchSize,
            gradientImages: gradientImages, heldOutImages: heldOutImages, isLast: step + 1 == lastStep)
    }

    mutating func nextEvaluationRound() -> PlannedRound {
        let lastDone = state.step - 1
        let progress =
            evaluation ?? EvaluationProgress(epoch: epoch(of: lastDone), plan: evaluationPlan(after: lastDone))
        evaluation = progress
        precondition(!progress.isOver, "an evaluation of nothing")
        let isRecalibration = progress.statistics == nil
        let images = isRecalibration ? progress.plan.recalibrationImages : progress.plan.heldOutImages
        let size = configuration.evaluation.shardImages
        let job = RoundJob(
            isRecalibration ? .gradientSample : .heldOut, mixing: .given, yields: isRecalibration ? .statistics : [],
            step: UInt64(lastDone), epoch: UInt32(progress.epoch), stepInEpoch: UInt32(lastDone % stepsPerEpoch),
            shardCount: (images + size - 1) / size, imageCount: images,
            table: mixture(of: progress.plan.passes[progress.done.count], epoch: progress.epoch).entries)
        return planned(job, statistics: progress.statistics, place: progress.place)
    }

    /// A draw is keyed by epoch and number, and shared by the soft and the hard sample; one-hot for all but the soft one.
    private func mixture(of pass: EvaluationPass, epoch: Int) -> EdgeTable<Float> {
        switch pass.network {
        case .soft: return sample(epoch: epoch, draw: pass.draw).mixture
        case .hard: return sample(epoch: epoch, draw: pass.draw).hardMixture
        case .derived: return .oneHot(Genotype.derived(from: state.derivedAlpha, topology: topology))
        case .top2: return state.derivedAlpha.strongestEdges(topology)
        }
    }

    private func sample(epoch: Int, draw: Int) -> RelaxedSample {
        GumbelSoftmax.sample(
            alpha: state.alpha, temperature: temperature(at: state.step - 1), seed: UInt64(configuration.run.seed),
            purpose: .evaluationGumbel, step: UInt64(epoch), shard: UInt32(draw))
    }

    mutating func absorbEvaluation(_ job: RoundJob, total: [Float], reports: [ShardReport]) -> [SearchReport] {
        guard var progress = evaluation else { preconditionFailure("an evaluation that nobody asked for") }
        if job.yields.contains(.statistics) {
            // Every shard's statistics came times its images.
            progress.statistics = total.map { $0 / Float(job.imageCount) }
            evaluation = progress
            return []
        }
        let images = reports.reduce(0) { $0 + $1.imageCount }
        progress.done.append(
            EpochReport.Accuracy(
                loss: reports.reduce(0.0) { $0 + Double($1.loss) } / Double(images),
                accuracy: Double(reports.reduce(0) { $0 + $1.hits }) / Double(images), images: images))
        progress.statistics = nil
        evaluation = progress
        return progress.isOver ? [finishEpoch(progress.epoch, heldOut: progress.heldOut)] : []
    }

    mutating func finishEpoch(
        _ epoch: Int, heldOut: [EvaluatedNetwork: EpochReport.Accuracy]
    ) -> SearchReport {
        evaluation = nil
        state.evaluatedEpochs = epoch + 1
        let totals = state.epochTotals
        let steps = Double(max(1, totals.steps))
        return .epoch(
            EpochReport(
                epoch: epoch, learningRate: learningRate(at: state.step - 1),
                temperature: temperature(at: state.step - 1), trainLoss: totals.loss / steps,
                trainAccuracy: Double(totals.hits) / Double(max(1, totals.images)), heldOut: heldOut,
                entropy: state.alpha.entropy(), noneShare: state.alpha.share(of: .none),
                skipShare: state.alpha.share(of: .skipConnect),
                genotype: Genotype.derived(from: state.derivedAlpha, topology: topology), alpha: state.alpha,
                credits: totals.credits.map { $0 / steps }, alphaGradient: totals.spread.mean))
    }
}
