import Configuration
import Estimation
import Randomness
import SearchSpace
import Wire

/// How far an evaluation has come: for each network first the statistics, then the held-out images.
struct EvaluationProgress: Sendable {
    let epoch: Int
    /// Not yet seen; the first is in work.
    var waiting: ArraySlice<EvaluatedNetwork> = []
    /// Recalibrated for the network in work; nil until that round is in.
    var statistics: [Float]?
    var heldOut: [EvaluatedNetwork: EpochReport.Accuracy] = [:]
}

extension SearchRun {
    /// The images whose statistics an evaluation uses: the first that give gradients, in index order.
    private var recalibrationImages: Int { min(configuration.evaluation.recalibrationImages, gradientImages) }

    /// Whether the epoch that `step` was the last one of is evaluated, not only reported.
    func evaluates(after step: Int) -> Bool {
        heldOutImages > 0
            && ((epoch(of: step) + 1) % configuration.evaluation.everyEpochs == 0 || step + 1 == lastStep)
    }

    mutating func nextEvaluationRound() -> PlannedRound {
        let lastDone = state.step - 1
        let progress =
            evaluation
            ?? EvaluationProgress(epoch: epoch(of: lastDone), waiting: configuration.evaluation.networks[...])
        evaluation = progress
        guard let network = progress.waiting.first else { preconditionFailure("an evaluation of nothing") }
        let images = progress.statistics == nil ? recalibrationImages : heldOutImages
        let size = configuration.evaluation.shardImages
        let job = RoundJob(
            kind: progress.statistics == nil ? .recalibrate : .evaluate, step: UInt64(lastDone),
            epoch: UInt32(progress.epoch), stepInEpoch: UInt32(lastDone % stepsPerEpoch),
            shardCount: (images + size - 1) / size, imageCount: images,
            temperature: temperature(at: lastDone), dropPathProbability: 0,
            table: mixture(of: network, epoch: progress.epoch).flat)
        return PlannedRound(
            job: job, statistics: progress.statistics,
            payloadCount: progress.statistics == nil ? layout.statisticCount : 0)
    }

    /// One draw a pass, keyed by the epoch and shared by the soft and the hard sample; one-hot for all but the soft one.
    private func mixture(of network: EvaluatedNetwork, epoch: Int) -> Mixture {
        switch network {
        case .soft: return sample(epoch: epoch).mixture
        case .hard: return sample(epoch: epoch).hardMixture
        case .derived: return .oneHot(Genotype.derived(from: state.alpha, topology: topology))
        case .top2: return state.alpha.strongestEdges(topology)
        }
    }

    private func sample(epoch: Int) -> RelaxedSample {
        GumbelSoftmax.sample(
            alpha: state.alpha, temperature: temperature(at: state.step - 1), seed: UInt64(configuration.run.seed),
            purpose: .evaluationGumbel, step: UInt64(epoch), shard: 0)
    }

    mutating func absorbEvaluation(_ job: RoundJob, total: [Float], reports: [ShardReport]) -> [SearchReport] {
        guard var progress = evaluation else { preconditionFailure("an evaluation that nobody asked for") }
        if job.kind == .recalibrate {
            progress.statistics = total.map { $0 / Float(job.shardCount) }
            evaluation = progress
            return []
        }
        let images = reports.reduce(0) { $0 + $1.imageCount }
        progress.heldOut[progress.waiting.removeFirst()] = EpochReport.Accuracy(
            loss: reports.reduce(0.0) { $0 + Double($1.loss) } / Double(images),
            accuracy: Double(reports.reduce(0) { $0 + $1.hits }) / Double(images), images: images)
        progress.statistics = nil
        evaluation = progress
        return progress.waiting.isEmpty ? [finishEpoch(progress)] : []
    }

    mutating func finishEpoch(_ progress: EvaluationProgress) -> SearchReport {
        evaluation = nil
        state.evaluatedEpochs = progress.epoch + 1
        let totals = state.epochTotals
        let steps = Double(max(1, totals.steps))
        return .epoch(
            EpochReport(
                epoch: progress.epoch, learningRate: learningRate(at: state.step - 1),
                temperature: temperature(at: state.step - 1), trainLoss: totals.loss / steps,
                trainAccuracy: Double(totals.hits) / Double(max(1, totals.images)), heldOut: progress.heldOut,
                entropy: state.alpha.entropy, noneShare: state.alpha.share(of: .none),
                skipShare: state.alpha.share(of: .skipConnect),
                genotype: Genotype.derived(from: state.alpha, topology: topology), alpha: state.alpha,
                credits: totals.credits.map { $0 / steps }))
    }
}
