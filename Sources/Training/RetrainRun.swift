package import Configuration
import Optimization
package import SearchSpace
package import Wire

/// The training of a derived network from scratch, as a value: it says which round it wants, takes the round's sum, and says
/// what came of it. There is no alpha and no sample: a step is the mean weight gradient of a batch's shards, clipped, and SGD.
///
/// The recipe is the papers' (DARTS `train.py`): the learning rate falls by a cosine over the epochs, the
/// chance to drop a path rises linearly from 0, as epoch / epochs. Where images are held out, they are seen after an epoch
/// with the running statistics.
package struct RetrainRun: Sendable {
    package let configuration: SearchConfiguration
    package let layout: WeightLayout
    package let classes: Int
    package let gradientImages: Int
    package let heldOutImages: Int
    package internal(set) var state: RetrainState

    /// - Parameters:
    ///   - gradientImages: images that give gradients; at least a batch.
    ///   - heldOutImages: images that only evaluate; may be none.
    package init(
        configuration: SearchConfiguration, layout: WeightLayout, classes: Int, gradientImages: Int, heldOutImages: Int
    ) {
        precondition(gradientImages >= configuration.training.batchSize)
        self.configuration = configuration
        self.layout = layout
        self.classes = classes
        self.gradientImages = gradientImages
        self.heldOutImages = heldOutImages
        state = RetrainState(configuration: configuration, layout: layout)
    }

    /// Goes on from a checkpoint's state, which must have this run's shapes.
    package mutating func resume(from state: RetrainState) {
        precondition(state.weights.count == layout.weightCount)
        self.state = state
    }

    // MARK: Where the run stands

    package var stepsPerEpoch: Int { gradientImages / configuration.training.batchSize }

    package var totalSteps: Int { stepsPerEpoch * configuration.training.epochs }

    /// Where the run ends; `max_steps` truncates it and changes no schedule.
    package var lastStep: Int {
        configuration.training.maxSteps > 0 ? min(configuration.training.maxSteps, totalSteps) : totalSteps
    }

    /// Whether `step` is the last of its epoch or of the run.
    private func endsEpoch(_ step: Int) -> Bool { (step + 1) % stepsPerEpoch == 0 || step + 1 == lastStep }

    private func epoch(of step: Int) -> Int { step / stepsPerEpoch }

    /// Whether the epoch that `step` was the last one of is evaluated, not only reported.
    private func evaluates(after step: Int) -> Bool {
        heldOutImages > 0
            && ((epoch(of: step) + 1) % configuration.evaluation.everyEpochs == 0 || step + 1 == lastStep)
    }

    private var evaluationIsDue: Bool {
        let last = state.step - 1
        return last >= 0 && endsEpoch(last) && state.evaluatedEpochs <= epoch(of: last)
    }

    // MARK: Schedules

    func learningRate(at step: Int) -> Double {
        Schedule.cosineLearningRate(
            at: epoch(of: step), of: configuration.training.epochs, maximum: configuration.training.learningRate,
            minimum: configuration.training.learningRateMin)
    }

    func dropPathProbability(at step: Int) -> Double {
        configuration.training.dropPathProb * Double(epoch(of: step)) / Double(configuration.training.epochs)
    }

    // MARK: Rounds

    /// Nil when the run is over.
    package mutating func nextRound() -> PlannedRound? {
        if evaluationIsDue { return evaluationRound() }
        guard state.step < lastStep else { return nil }
        let job = job(
            .gradientBatch, [.weightGradient, .statistics], step: state.step, shardCount: configuration.training.shards,
            imageCount: configuration.training.batchSize, dropPathProbability: dropPathProbability(at: state.step))
        return PlannedRound(job, layout: layout, classes: classes)
    }

    private func evaluationRound() -> PlannedRound {
        let size = configuration.evaluation.shardImages
        let job = job(
            .heldOut, .predictions, step: state.step - 1, shardCount: (heldOutImages + size - 1) / size,
            imageCount: heldOutImages,
            dropPathProbability: 0)
        return PlannedRound(
            job, statistics: state.statistics, layout: layout, classes: classes,
            place: RoundPlace(subject: "held-out images", epoch: Int(job.epoch), number: 1, count: 1))
    }

    private func job(
        _ images: RoundImages, _ yields: RoundYields, step: Int, shardCount: Int, imageCount: Int,
        dropPathProbability: Double
    ) -> RoundJob {
        RoundJob(
            images, mixing: .none, yields: yields, step: UInt64(step), epoch: UInt32(epoch(of: step)),
            stepInEpoch: UInt32(step % stepsPerEpoch), shardCount: shardCount, imageCount: imageCount,
            dropPathProbability: dropPathProbability)
    }

    /// Takes the sum of the round that `nextRound` asked for.
    ///
    /// - Parameters:
    ///   - total: the payloads' fixed-tree sum, not divided.
    ///   - reports: one a shard, in order.
    package mutating func absorb(_ job: RoundJob, total: [Float], reports: [ShardReport]) -> [RetrainReport] {
        guard !job.yields.hasGradient else { return update(job, total: total, reports: reports) }
        let count = EvaluationCount(classes: classes, total: total, reports: reports)
        return [finishEpoch(Int(job.epoch), heldOut: count)]
    }

    /// Where anything is not finite the step is skipped: weights, velocity and statistics stay, step number and schedules
    /// advance.
    private mutating func update(_ job: RoundJob, total: [Float], reports: [ShardReport]) -> [RetrainReport] {
        precondition(job.step == UInt64(state.step) && reports.count == job.shardCount)
        let gradient = MeanGradient(
            of: total[..<layout.weightCount], shards: job.shardCount, maximumNorm: configuration.training.gradClip)
        var statistics = Array(total[layout.weightCount...])
        VectorSum.divide(&statistics, by: Float(job.shardCount))
        let isSound =
            reports.allSatisfy { $0.finite && $0.loss.isFinite } && gradient.isFinite
            && VectorSum.isFinite(statistics)
        guard isSound else { return skip(job) }
        let norm = gradient.norm
        let areWeightsFinite = SGD(
            momentum: configuration.training.momentum, weightDecay: configuration.training.weightDecay
        ).step(
            weights: &state.weights, velocity: &state.velocity, gradient: gradient,
            learningRate: learningRate(at: state.step))
        RunningStatistics.step(&state.statistics, batch: statistics)
        state.skippedInRow = 0
        let loss = reports.reduce(0.0) { $0 + Double($1.loss) } / Double(reports.count)
        let (images, hits) = reports.reduce((0, 0)) { ($0.0 + $1.imageCount, $0.1 + $1.hits) }
        beginTotals()
        count(images: images, hits: hits, loss: loss)
        return advance(
            job, loss: loss, hits: hits, images: images, norm: norm,
            isFinite: areWeightsFinite && VectorSum.isFinite(state.statistics), isSkipped: false)
    }

    /// The step is done without stepping anything. It leaves no trace in the epoch's means: what came of other shards before
    /// the step was given up is a matter of chance.
    package mutating func skip(_ job: RoundJob) -> [RetrainReport] {
        precondition(job.yields.hasGradient && job.step == UInt64(state.step))
        state.skippedSteps += 1
        state.skippedInRow += 1
        beginTotals()
        return advance(job, loss: .nan, hits: 0, images: 0, norm: .nan, isFinite: true, isSkipped: true)
    }

    private mutating func advance(
        _ job: RoundJob, loss: Double, hits: Int, images: Int, norm: Double, isFinite: Bool, isSkipped: Bool
    ) -> [RetrainReport] {
        let done = state.step
        state.step += 1
        let report = RetrainStepReport(
            step: done, epoch: Int(job.epoch), stepInEpoch: Int(job.stepInEpoch), loss: loss, hits: hits,
            images: images, learningRate: learningRate(at: done), dropPathProbability: job.dropPathProbability,
            weightGradientNorm: norm, isSkipped: isSkipped, skippedInRow: state.skippedInRow,
            isFinite: isFinite, weightsDigest: state.weightsDigest)
        guard endsEpoch(done), !evaluates(after: done) else { return [.step(report)] }
        return [.step(report), finishEpoch(Int(job.epoch), heldOut: nil)]
    }

    private mutating func beginTotals() {
        if state.step % stepsPerEpoch == 0 { state.epochTotals = EpochTotals(.empty) }
    }

    private mutating func count(images: Int, hits: Int, loss: Double) {
        state.epochTotals.steps += 1
        state.epochTotals.images += images
        state.epochTotals.hits += hits
        if loss.isFinite { state.epochTotals.loss += loss }
    }

    private mutating func finishEpoch(_ epoch: Int, heldOut: EvaluationCount?) -> RetrainReport {
        state.evaluatedEpochs = epoch + 1
        let totals = state.epochTotals
        return .epoch(
            RetrainEpochReport(
                epoch: epoch, learningRate: learningRate(at: state.step - 1),
                dropPathProbability: dropPathProbability(at: state.step - 1),
                trainLoss: totals.loss / Double(max(1, totals.steps)),
                trainAccuracy: Double(totals.hits) / Double(max(1, totals.images)), heldOut: heldOut))
    }
}
