extension WeightLayout {
    /// The layout of a network that is built from a genotype, named as in DARTS' and SNAS' `model.py`; every batch norm has
    /// scale and shift.
    ///
    /// DARTS_V2 with 36 channels and 20 cells on 3 x 32 x 32 images of 10 classes: exactly 3,349,342 weights, and 476,426
    /// more with the auxiliary head.
    package static func derivedNetwork(_ plan: DerivedPlan) -> WeightLayout {
        var builder = WeightLayoutBuilder()
        for layer in plan.layers { builder.append(layer) }
        return WeightLayout(builder)
    }
}

extension WeightLayoutBuilder {
    fileprivate mutating func append(_ layer: NetworkLayer) {
        let (inputs, outputs) = (layer.input.channels, layer.output.channels)
        switch layer.kind {
        case .convolution(let height, let width, let groups):
            let fanIn = inputs / groups * height * width
            weight(
                layer.name + ".weight", shape: [outputs, inputs / groups, height, width], fanIn: fanIn,
                role: .convolution)
        case .linear:
            weight(layer.name + ".weight", shape: [outputs, inputs], fanIn: inputs, role: .classifierWeight)
            weight(layer.name + ".bias", shape: [outputs], fanIn: inputs, role: .classifierBias)
        case .batchNorm: batchNorm(layer.name, channels: outputs, affine: true)
        case .pool, .identity: break
        }
    }
}
