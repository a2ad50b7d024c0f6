package import Optimization
import Tensors

/// What one shard of a step gives.
package struct TrainingPass: Sendable, Equatable {
    /// Mean cross-entropy over the images.
    package let loss: Double
    /// Images whose largest logit is that of their label; the classifier's, not an auxiliary head's.
    package let hits: Int
    /// dL/dZ, summed over the cells of a kind, in the order of the mixture's entries; empty of a derived network.
    package let credits: [Float]
    /// What a shard sends: the weights' gradient in the layout's order, then the statistics. One vector from the start, since
    /// joining two of millions of entries takes as long as a layer. Where operations are left out, the parts that were computed.
    package let payload: Addend
    /// Images x classes, of the classifier.
    package let logits: [Float]
    /// The same of the auxiliary head; empty where there is none.
    package let auxiliaryLogits: [Float]
    /// Weights of the whole network: the payload's first entries.
    package let weightCount: Int

    /// In the layout's order, from index 0; of a whole payload a view, nothing is copied. What was not computed is 0.
    package var weightGradient: ArraySlice<Float> { payload.array[..<weightCount] }
    /// Mean and unbiased variance of every batch norm, in the layout's order. What was not computed is 0.
    package var statistics: [Float] { Array(payload.array[weightCount...]) }

    /// - Parameters:
    ///   - logits: of the classifier, to which labels hold the true classes.
    ///   - gradients: by group; nil stands for zeros.
    ///   - computed: the parts of weights and statistics that the pass computed; nil: all of it.
    init(
        loss: Tensor, logits: Tensor, auxiliary: Tensor? = nil, labels: Tensor, credits: [Float], weightCount: Int,
        gradients: some Sequence<(WeightGroup, Tensor?)>, statistics: [Float],
        computed: (parts: PartSet, whole: VectorParts)? = nil
    ) throws(TorchError) {
        self.loss = try loss.scalar()
        self.hits = try logits.hits(labels: labels)
        self.logits = try logits.floats()
        auxiliaryLogits = try auxiliary?.floats() ?? []
        self.credits = credits
        self.weightCount = weightCount
        payload = try Self.payload(
            weightCount: weightCount, gradients: gradients, statistics: statistics, computed: computed)
    }

    /// Gradients and statistics in one vector, or the parts of it that were computed.
    static func payload(
        weightCount: Int, gradients: some Sequence<(WeightGroup, Tensor?)>, statistics: [Float],
        computed: (parts: PartSet, whole: VectorParts)?
    ) throws(TorchError) -> Addend {
        guard let computed else {
            var payload = [Float](repeating: 0, count: weightCount + statistics.count)
            for (group, gradient) in gradients {
                try gradient?.copy(to: &payload, at: group.range.lowerBound, count: group.range.count)
            }
            for (entry, value) in statistics.enumerated() { payload[weightCount + entry] = value }
            return .whole(payload)
        }
        return .partial(
            try PartialVector(gradients, statistics, from: weightCount, of: computed.parts, in: computed.whole))
    }
}

extension PartialVector {
    /// Takes these parts out of the gradients and the statistics; nothing else of them is read.
    ///
    /// - Parameter weightCount: where the statistics begin.
    init(
        _ gradients: some Sequence<(WeightGroup, Tensor?)>, _ statistics: [Float], from weightCount: Int,
        of parts: PartSet, in whole: VectorParts
    ) throws(TorchError) {
        let places = whole.places(of: parts)
        var floats = [Float](repeating: 0, count: whole.count(of: parts))
        for (range, start) in places where range.upperBound > weightCount {
            for place in range.clamped(to: weightCount..<whole.count) {
                floats[start + place - range.lowerBound] = statistics[place - weightCount]
            }
        }
        let sorted = gradients.sorted { $0.0.range.lowerBound < $1.0.range.lowerBound }
        var first = 0
        for (group, gradient) in sorted {
            while first < places.count, places[first].range.upperBound <= group.range.lowerBound { first += 1 }
            guard let gradient else { continue }
            var pieces: [CopiedPiece] = []
            for (range, start) in places[first...] {
                guard range.lowerBound < group.range.upperBound else { break }
                let own = range.clamped(to: group.range)
                pieces.append(
                    CopiedPiece(
                        from: own.lowerBound - group.range.lowerBound, to: start + own.lowerBound - range.lowerBound,
                        count: own.count))
            }
            try gradient.copy(pieces, to: &floats)
        }
        self.init(floats, of: parts, in: whole)
    }
}
