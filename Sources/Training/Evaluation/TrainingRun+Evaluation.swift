import Configuration
import Estimation
import Randomness
import SearchSpace
import Wire

/// An evaluation after an epoch, as far as it has come.
enum OpenEvaluation: Sendable {
    /// Of a search: the super-network's weights under one mixture after the other.
    case mixtures(MixtureEvaluation)
    /// Of a search that ends by a choice: which of several cells it is.
    case candidates(CandidateChoice)
    /// Of a retraining: the network as it is, with its running statistics, in one round.
    case trained(epoch: Int)
}

/// For each pass first the statistics, then the held-out images.
struct MixtureEvaluation: Sendable {
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

    /// Takes a round's sum in.
    mutating func absorb(_ sum: RoundSum) {
        if sum.job.yields.contains(.statistics) { return statistics = sum.meanStatistics }
        done.append(EpochReport.Accuracy(sum))
        statistics = nil
    }
}

extension TrainingRun {
    mutating func nextEvaluationRound() -> PlannedRound {
        let last = state.step - 1
        let open = evaluation ?? begunEvaluation(after: last)
        evaluation = open
        switch open {
        case .trained(let epoch): return trainedRound(epoch, after: last)
        case .candidates(let choice): return candidateRound(choice, after: last)
        case .mixtures(let progress): return mixtureRound(progress, after: last)
        }
    }

    /// Whether the run ends by a choice that has not been made.
    func choiceIsDue(after step: Int) -> Bool {
        cells?.choice != nil && step + 1 == plan.lastStep && state.architecture?.chosenCandidate == nil
    }

    private func begunEvaluation(after step: Int) -> OpenEvaluation {
        let epoch = plan.epoch(of: step)
        guard let cells else { return .trained(epoch: epoch) }
        if choiceIsDue(after: step), let rule = cells.choice {
            return .candidates(CandidateChoice(rule, SearchedCells.architecture(of: state), epoch: epoch))
        }
        return .mixtures(
            MixtureEvaluation(
                epoch: epoch,
                plan: EvaluationPlan(
                    plan.configuration, rule: cells.rule,
                    epochImages: plan.stepsPerEpoch * plan.configuration.training.batchSize,
                    gradientImages: plan.gradientImages, heldOutImages: plan.heldOutImages,
                    isLast: step + 1 == plan.lastStep)))
    }

    private func trainedRound(_ epoch: Int, after step: Int) -> PlannedRound {
        PlannedRound(
            job(.heldOut, .none, .predictions, images: plan.heldOutImages, epoch: epoch, after: step),
            statistics: state.statistics, layout: plan.layout, classes: plan.classes,
            place: RoundPlace(subject: "held-out images", epoch: epoch, number: 1, count: 1))
    }

    private func mixtureRound(_ progress: MixtureEvaluation, after step: Int) -> PlannedRound {
        precondition(!progress.isOver, "an evaluation of nothing")
        let table = mixture(of: progress.plan.passes[progress.done.count], epoch: progress.epoch).entries
        let job =
            progress.statistics == nil
            ? job(
                .gradientSample, .given, .statistics, images: progress.plan.recalibrationImages, epoch: progress.epoch,
                after: step, table: table)
            : job(
                .heldOut, .given, [], images: progress.plan.heldOutImages, epoch: progress.epoch, after: step,
                table: table)
        return PlannedRound(
            job, statistics: progress.statistics, layout: plan.layout, classes: plan.classes, place: progress.place)
    }

    private func candidateRound(_ choice: CandidateChoice, after step: Int) -> PlannedRound {
        let table = choice.table.entries
        let job =
            choice.statistics == nil
            ? job(
                .gradientSample, .given, .statistics,
                images: plan.configuration.recalibrationImages(of: plan.gradientImages), epoch: choice.epoch,
                after: step, table: table)
            : job(
                .choosing, .given, [], images: plan.choosingImages, epoch: choice.epoch, after: step, table: table)
        return PlannedRound(
            job, statistics: choice.statistics, layout: plan.layout, classes: plan.classes, place: choice.place)
    }

    private func job(
        _ images: RoundImages, _ mixing: Mixing, _ yields: RoundYields, images count: Int, epoch: Int, after step: Int,
        table: [Float] = []
    ) -> RoundJob {
        let size = plan.configuration.evaluation.shardImages
        return RoundJob(
            images, mixing: mixing, yields: yields, step: UInt64(step), epoch: UInt32(epoch),
            stepInEpoch: UInt32(step % plan.stepsPerEpoch), shardCount: (count + size - 1) / size, imageCount: count,
            table: table)
    }

    // MARK: Mixtures

    /// A draw is keyed by epoch and number, and shared by the soft and the hard sample; one-hot for all but the soft one. Where
    /// shards draw nothing, softmax(alpha) is the soft one.
    private func mixture(of pass: EvaluationPass, epoch: Int) -> EdgeTable<Float> {
        guard let cells else { preconditionFailure("a mixture of a fixed architecture") }
        switch pass.network {
        case .soft: return sample(epoch: epoch, draw: pass.draw).mixture
        case .hard where plan.configuration.method.drawsChildren: return child(epoch: epoch, draw: pass.draw).mixture
        case .hard: return sample(epoch: epoch, draw: pass.draw).hardMixture
        case .derived: return .oneHot(cells.genotype(of: state), in: cells.space)
        case .top2: return SearchedCells.architecture(of: state).derivedAlpha.strongestEdges(in: cells.space)
        }
    }

    private func child(epoch: Int, draw: Int) -> CategoricalSample {
        let table = SearchedCells.architecture(of: state).table
        let stream = RandomStream(
            seed: UInt64(plan.configuration.run.seed), purpose: .evaluationGumbel, major: UInt64(epoch),
            minor: UInt32(draw))
        return CategoricalSample(alpha: table, noise: GumbelNoise.draw(count: table.shape.count, stream: stream))
    }

    private func sample(epoch: Int, draw: Int) -> RelaxedSample {
        let alpha = SearchedCells.architecture(of: state).table
        guard let temperature = plan.drawTemperature(at: state.step - 1) else { return Softmax.sample(alpha: alpha) }
        return GumbelSoftmax.sample(
            alpha: alpha, temperature: temperature, seed: UInt64(plan.configuration.run.seed),
            purpose: .evaluationGumbel, step: UInt64(epoch),
            shard: UInt32(draw))
    }

    // MARK: Sums

    mutating func absorbEvaluation(_ job: RoundJob, total: [Float], reports: [ShardReport]) -> [RunReport] {
        switch evaluation {
        case nil: preconditionFailure("an evaluation that nobody asked for")
        case .trained(let epoch):
            let count = EvaluationCount(classes: plan.classes, total: total, reports: reports)
            return [finishEpoch(epoch, heldOut: [:], trained: count)]
        case .candidates(var choice):
            choice.absorb(RoundSum(job, total: total, reports: reports))
            evaluation = .candidates(choice)
            return choice.isOver ? choose(choice.best, epoch: choice.epoch) : []
        case .mixtures(var progress):
            progress.absorb(RoundSum(job, total: total, reports: reports))
            evaluation = .mixtures(progress)
            return progress.isOver ? [finishEpoch(progress.epoch, heldOut: progress.heldOut, trained: nil)] : []
        }
    }
}
