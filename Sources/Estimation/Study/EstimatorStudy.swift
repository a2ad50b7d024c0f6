import Randomness
package import SearchSpace

/// What a network whose weights rest says at one mixture, on one batch of images.
package struct FrozenPass: Sendable {
    package let loss: Double
    /// Share of the images.
    package let accuracy: Double
    /// dL/dZ; 0 for operations that were not computed.
    package let credits: EdgeTable<Double>

    package init(loss: Double, accuracy: Double, credits: EdgeTable<Double>) {
        self.loss = loss
        self.accuracy = accuracy
        self.credits = credits
    }
}

/// A network whose weights rest: a function of the mixture alone.
package protocol FrozenNetwork {
    /// - Parameters:
    ///   - mixtures: what the operations' outputs count in each pass.
    ///   - leavesOut: whether operations of weight 0 are not computed.
    /// - Returns: one a mixture, in their order.
    func passes(at mixtures: [EdgeTable<Float>], leavesOut: Bool) throws -> [FrozenPass]
}

/// Estimators of alpha's gradient side by side on one network whose weights and alpha rest. All are compared with the exact gradient of
/// the expected loss of one-hot children, which is what all of them are after: for the relaxed ones, too, that is what bias means.
package struct EstimatorStudy: Sendable {
    package let children: ChildSet
    package let alpha: EdgeTable<Float>
    /// Of each estimator.
    package let draws: Int
    private let seed: UInt64
    private let cost: PassCost

    /// Draws that REINFORCE's leave-one-out baseline and `cosineOfGroup` take together: a step of 8 shards.
    package static let group = 8

    /// - Parameters:
    ///   - draws: a multiple of `group`.
    ///   - seed: keys the draws; draw i has the same noise for every estimator.
    package init(_ children: ChildSet, alpha: EdgeTable<Float>, draws: Int, seed: UInt64, cost: PassCost) {
        precondition(draws > 0 && draws % Self.group == 0 && alpha.shape == children.shape)
        self.children = children
        self.alpha = alpha
        self.draws = draws
        self.seed = seed
        self.cost = cost
    }

    /// Passes through the whole of the space first, then through the relaxed draws.
    package func table(of network: some FrozenNetwork) throws -> EstimatorTable {
        let samples = (0..<children.count).map { CategoricalSample(child: $0, of: children, alpha: alpha) }
        let passes = try network.passes(at: samples.map(\.mixture), leavesOut: true)
        let loss = ChildExpectation(of: passes.map(\.loss), children, alpha: alpha)
        let known = KnownChildren(
            children: children, samples: samples, passes: passes, alpha: alpha, expected: loss.mean)
        let noise = (0..<draws).map(noise)
        let drawn = noise.map { known.number(of: CategoricalSample(alpha: alpha, noise: $0)) }
        let dsnas = known.exact(.credits)
        let rows = try AlphaEstimator.all.map { estimator in
            var gradients: [[Double]]
            switch estimator {
            case .relaxed(let temperature):
                gradients = try relaxed(
                    noise.map { GumbelSoftmax.sample(alpha: alpha, temperature: temperature, noise: $0) }, network)
            case .softmax: gradients = try relaxed([Softmax.sample(alpha: alpha)], network)
            case .oneHot(let temperature):
                gradients = zip(noise, drawn).map { noise, child in
                    OneHotSample(GumbelSoftmax.sample(alpha: alpha, temperature: temperature, noise: noise))
                        .alphaGradient(credits: passes[child].credits).entries
                }
            case .credits: gradients = drawn.map(known.creditGradient)
            case .score(let baseline): gradients = known.scoreGradients(drawn, baseline)
            }
            return EstimatorTable.Row(
                estimator,
                DrawnGradients(
                    gradients, exact: loss.gradient, group: Self.group, areTied: estimator == .score(.leaveOneOut)),
                draws: estimator == .softmax ? 0 : draws, exact: known.exact(estimator), loss: loss.gradient,
                dsnas: dsnas?.mean ?? [], multiplyAdds: cost.multiplyAdds(estimator.passes))
        }
        return EstimatorTable(
            loss: loss, accuracy: ChildExpectation(of: passes.map(\.accuracy), children, alpha: alpha), rows: rows)
    }

    private func noise(_ draw: Int) -> [Double] {
        let stream = RandomStream(seed: seed, purpose: .estimatorStudy, major: UInt64(draw))
        return GumbelNoise.draw(count: alpha.shape.count, stream: stream)
    }

    private func relaxed(_ samples: [RelaxedSample], _ network: some FrozenNetwork) throws -> [[Double]] {
        let passes = try network.passes(at: samples.map(\.mixture), leavesOut: false)
        return zip(samples, passes).map { $0.alphaGradient(credits: $1.credits).entries }
    }
}

/// All children with what the network says of them: whatever draws children needs no other pass.
private struct KnownChildren {
    let children: ChildSet
    let samples: [CategoricalSample]
    let passes: [FrozenPass]
    let alpha: EdgeTable<Float>
    /// Loss.
    let expected: Double

    func number(of sample: CategoricalSample) -> Int { children.number(of: sample.chosen.chosenEntries) }

    func creditGradient(_ child: Int) -> [Double] {
        samples[child].alphaGradient(credits: passes[child].credits).entries
    }

    func scoreGradient(_ child: Int, baseline: Double) -> [Double] {
        samples[child].policyGradient(reward: -(passes[child].loss - baseline)).entries
    }

    func scoreGradients(_ drawn: [Int], _ baseline: AlphaEstimator.Baseline) -> [[Double]] {
        switch baseline {
        case .none: return drawn.map { scoreGradient($0, baseline: 0) }
        case .mean: return drawn.map { scoreGradient($0, baseline: expected) }
        case .leaveOneOut:
            return stride(from: 0, to: drawn.count, by: EstimatorStudy.group).flatMap { start in
                let own = Array(drawn[start..<start + EstimatorStudy.group])
                var unused: Double?
                let others = RewardBaseline.leaveOneOut.values(
                    for: own.map { passes[$0].loss }, decay: 0, running: &unused)
                return zip(own, others).map { scoreGradient($0, baseline: $1) }
            }
        }
    }

    /// Mean and squared spread of what is a function of the drawn child alone, over all children.
    ///
    /// - Returns: nil of estimators that are more than that.
    func exact(_ estimator: AlphaEstimator) -> (mean: [Double], spread: Double)? {
        let gradient: (Int) -> [Double]
        switch estimator {
        case .credits: gradient = creditGradient
        case .score(.none): gradient = { scoreGradient($0, baseline: 0) }
        case .score(.mean): gradient = { scoreGradient($0, baseline: expected) }
        default: return nil
        }
        let probabilities = alpha.probabilities()
        var mean = [Double](repeating: 0, count: alpha.shape.count)
        var squares = 0.0
        for child in 0..<children.count {
            let weight = children.probability(of: child, probabilities)
            let own = gradient(child)
            for entry in mean.indices { mean[entry] += weight * own[entry] }
            squares += weight * DrawnGradients.dot(own, own)
        }
        return (mean, squares - DrawnGradients.dot(mean, mean))
    }
}

extension CategoricalSample {
    /// The draw that picks a child of a set.
    fileprivate init(child: Int, of children: ChildSet, alpha: EdgeTable<Float>) {
        chosen = children.chosen(child)
        probabilities = alpha.probabilities()
    }
}
