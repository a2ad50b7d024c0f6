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
    /// joining two of millions of entries takes as long as a layer.
    package let payload: [Float]
    private let weightCount: Int

    /// In the layout's order, from index 0: a view, nothing is copied.
    package var weightGradient: ArraySlice<Float> { payload[..<weightCount] }
    /// Mean and unbiased variance of every batch norm, in the layout's order.
    package var statistics: [Float] { Array(payload[weightCount...]) }

    /// - Parameter gradients: by group; nil stands for zeros.
    init(
        loss: Double, hits: Int, credits: [Float], weightCount: Int, gradients: some Sequence<(WeightGroup, Tensor?)>,
        statistics: [Float]
    ) throws(TorchError) {
        self.loss = loss
        self.hits = hits
        self.credits = credits
        self.weightCount = weightCount
        var payload = [Float](repeating: 0, count: weightCount + statistics.count)
        for (group, gradient) in gradients {
            try gradient?.copy(to: &payload, at: group.range.lowerBound, count: group.range.count)
        }
        for (entry, value) in statistics.enumerated() { payload[weightCount + entry] = value }
        self.payload = payload
    }
}
