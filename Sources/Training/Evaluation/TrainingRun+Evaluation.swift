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

/// The looks of an evaluation, pass after pass.
struct MixtureEvaluation: Sendable {
    let epoch: Int
    let plan: EvaluationPlan
    var looks: MixtureLooks

    init(epoch: Int, plan: EvaluationPlan) {
        self.epoch = epoch
        self.plan = plan
        looks = MixtureLooks(count: plan.passes.count)
    }

    /// The pass in work.
    var pass: EvaluationPass { plan.passes[looks.number] }

    /// The open round among those of the evaluation.
    var place: RoundPlace {
        let draws = plan.passes.count { $0.network == pass.network }
        let draw = draws > 1 ? ", draw \(pass.draw + 1) of \(draws)" : ""
        return looks.place(pass.network.label + draw, epoch: epoch)
    }

    /// Of each network the mean over its passes.
    var heldOut: [EvaluatedNetwork: EpochReport.Accuracy] {
        var seen: [EvaluatedNetwork: [EpochReport.Accuracy]] = [:]
        for (pass, accuracy) in zip(plan.passes, looks.done) { seen[pass.network, default: []].append(accuracy) }
        return seen.mapValues(EpochReport.Accuracy.init(mean:))
    }
}

extension TrainingRun {
    mutating func nextEvaluationRound() -> PlannedRound {
        let last = state.step - 1
        let open = evaluation ?? begunEvaluation(after: last)
        evaluation = open
        switch open {
        case .trained(let epoch): return trainedRound(epoch, after: last)
        case .candidates(let choice):
            return lookRound(
                choice.looks, at: choice.table, at: choice.place,
                measuring: plan.configuration.recalibrationImages(of: plan.gradientImages), .choosing,
                images: plan.choosingImages, after: last)
        case .mixtures(let progress):
            return lookRound(
                progress.looks, at: mixture(of: progress.pass, epoch: progress.epoch), at: progress.place,
                measuring: progress.plan.recalibrationImages, .heldOut, images: progress.plan.heldOutImages, after: last
            )
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

    /// - Parameters:
    ///   - measured: gradient images whose batch statistics are measured.
    ///   - count: of the images that are looked at.
    private func lookRound(
        _ looks: MixtureLooks, at mixture: EdgeTable<Float>, at place: RoundPlace, measuring measured: Int,
        _ images: RoundImages, images count: Int, after step: Int
    ) -> PlannedRound {
        let job =
            looks.statistics == nil
            ? job(
                .gradientSample, .given, .statistics, images: measured, epoch: place.epoch, after: step,
                table: mixture.entries)
            : job(images, .given, [], images: count, epoch: place.epoch, after: step, table: mixture.entries)
        return PlannedRound(
            job, statistics: looks.statistics, layout: plan.layout, classes: plan.classes, place: place)
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
        CategoricalSample(
            alpha: SearchedCells.architecture(of: state).table, seed: UInt64(plan.configuration.run.seed),
            purpose: .evaluationGumbel, step: UInt64(epoch), number: draw)
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
            choice.looks.absorb(RoundSum(job, total: total, reports: reports))
            evaluation = .candidates(choice)
            return choice.looks.isOver ? choose(choice.best, epoch: choice.epoch) : []
        case .mixtures(var progress):
            progress.looks.absorb(RoundSum(job, total: total, reports: reports))
            evaluation = .mixtures(progress)
            return progress.looks.isOver ? [finishEpoch(progress.epoch, heldOut: progress.heldOut, trained: nil)] : []
        }
    }
}
