import Configuration
import Optimization
import SearchSpace
package import Wire

extension SearchRun {
    /// One step, from one global batch: mean gradients, clip each (alpha's with the gradient of the cost), SGD for the weights,
    /// Adam for alpha unless it is warm-up, running statistics.
    ///
    /// Where anything is not finite the step is skipped: weights, alpha, slots and statistics stay, step number and schedules
    /// advance.
    mutating func update(_ job: RoundJob, total: [Float], reports: [ShardReport]) -> [SearchReport] {
        precondition(job.step == UInt64(state.step) && reports.count == job.shardCount)
        let weightGradient = MeanGradient(
            of: total[..<layout.weightCount], shards: job.shardCount, maximumNorm: configuration.training.gradClip)
        var statistics = Array(total[layout.weightCount...])
        VectorSum.divide(&statistics, by: Float(job.shardCount))
        var alphaGradient = meanOverShards(reports.map(\.alphaGradient))
        let spread = GradientSpread(of: reports.map(\.alphaGradient), noise: configuration.architecture.noise)
        let isSound =
            reports.allSatisfy { $0.finite && $0.loss.isFinite } && weightGradient.isFinite
            && VectorSum.isFinite(statistics) && alphaGradient.allSatisfy(\.isFinite)
        guard isSound else { return skip(job) }
        let cost = movesAlpha(at: state.step) ? addCost(job, to: &alphaGradient) : nil
        let weightNorm = weightGradient.norm
        let alphaNorm = GradientClipping.clip(&alphaGradient, maximumNorm: configuration.architecture.gradClip)
        let isFinite = step(weightGradient, alphaGradient, statistics)
        state.skippedInRow = 0
        let images = reports.reduce(0) { $0 + $1.imageCount }
        let hits = reports.reduce(0) { $0 + $1.hits }
        let loss = reports.reduce(0.0) { $0 + Double($1.loss) } / Double(reports.count)
        beginTotals()
        count(images: images, hits: hits, loss: loss, reports)
        if let spread { state.epochTotals.spread.add(spread) }
        return advance(
            job, loss: loss, hits: hits, images: images, norms: (weightNorm, alphaNorm), spread: spread,
            isFinite: isFinite, isSkipped: false, cost: cost)
    }

    /// The step is done without stepping anything. It leaves no trace in the epoch's means: what came of other shards before
    /// the step was given up is a matter of chance.
    package mutating func skip(_ job: RoundJob) -> [SearchReport] {
        precondition(job.yields.hasGradient && job.step == UInt64(state.step))
        state.skippedSteps += 1
        state.skippedInRow += 1
        beginTotals()
        return advance(
            job, loss: .nan, hits: 0, images: 0, norms: (.nan, .nan), spread: nil, isFinite: true, isSkipped: true,
            cost: nil)
    }

    private mutating func advance(
        _ job: RoundJob, loss: Double, hits: Int, images: Int, norms: (weights: Double, alpha: Double),
        spread: GradientSpread?, isFinite: Bool, isSkipped: Bool, cost: Double?
    ) -> [SearchReport] {
        let done = state.step
        state.step += 1
        let report = StepReport(
            step: done, epoch: Int(job.epoch), stepInEpoch: Int(job.stepInEpoch), loss: loss, hits: hits,
            images: images, temperature: temperature(at: done), learningRate: learningRate(at: done),
            weightGradientNorm: norms.weights, alphaGradientNorm: norms.alpha, alphaGradient: spread,
            isSkipped: isSkipped,
            skippedInRow: state.skippedInRow, isFinite: isFinite, alphaDigest: state.alphaDigest,
            budget: budgetReport(cost: cost))
        guard endsEpoch(done), !evaluates(after: done) else { return [.step(report)] }
        return [.step(report), withBudget(finishEpoch(Int(job.epoch), heldOut: [:]))]
    }

    /// - Returns: whether all that was stepped is finite.
    private mutating func step(
        _ weightGradient: MeanGradient, _ alphaGradient: [Float], _ statistics: [Float]
    ) -> Bool {
        let training = configuration.training
        let areWeightsFinite = SGD(momentum: training.momentum, weightDecay: training.weightDecay).step(
            weights: &state.weights, velocity: &state.velocity, gradient: weightGradient,
            learningRate: learningRate(at: state.step))
        if movesAlpha(at: state.step) { stepAlpha(alphaGradient) }
        RunningStatistics.step(&state.statistics, batch: statistics)
        return areWeightsFinite && state.isFiniteBesideWeights
    }

    private mutating func stepAlpha(_ gradient: [Float]) {
        let section = configuration.architecture
        state.alphaSteps += 1
        Adam(beta1: section.beta1, beta2: section.beta2, weightDecay: section.weightDecay).step(
            parameters: &state.alpha.entries, first: &state.alphaFirst, second: &state.alphaSecond,
            stepNumber: state.alphaSteps,
            gradient: gradient, learningRate: section.learningRate)
        if state.step >= averagingFrom { state.alphaMean.add(state.alpha.entries) }
    }

    /// Shards' vectors in the same fixed tree as the payloads.
    func meanOverShards(_ vectors: [[Float]]) -> [Float] {
        let tree = ShardTree(shardCount: vectors.count)
        var sum = TreeSum(tree: tree)
        for (shard, vector) in vectors.enumerated() { _ = sum.fill(tree.leaf(shard), with: vector) }
        return (sum.total ?? []).map { $0 / Float(vectors.count) }
    }

    private mutating func beginTotals() {
        if state.step % stepsPerEpoch == 0 {
            state.epochTotals = EpochTotals(state.epochTotals.credits.shape)
        }
    }

    private mutating func count(images: Int, hits: Int, loss: Double, _ reports: [ShardReport]) {
        state.epochTotals.steps += 1
        state.epochTotals.images += images
        state.epochTotals.hits += hits
        if loss.isFinite { state.epochTotals.loss += loss }
        for report in reports {
            for (entry, credit) in report.credits.enumerated() where credit.isFinite {
                state.epochTotals.credits.entries[entry] += Double(credit) / Double(reports.count)
            }
        }
    }
}
