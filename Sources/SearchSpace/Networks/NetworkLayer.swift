/// Channels, height and width of what a layer reads or writes, for one image.
package struct MapShape: Sendable, Hashable {
    package var channels: Int
    package var height: Int
    package var width: Int

    package init(_ channels: Int, _ height: Int, _ width: Int) {
        self.channels = channels
        self.height = height
        self.width = width
    }

    /// Pixels of one channel.
    package var area: Int { height * width }
    /// Values of all channels.
    package var elements: Int { channels * area }

    /// After a stride, padding keeping what it would at stride 1.
    func strided(_ height: Int, _ width: Int) -> MapShape {
        MapShape(channels, (self.height + height - 1) / height, (self.width + width - 1) / width)
    }

    func with(channels: Int) -> MapShape { MapShape(channels, height, width) }
}

/// One module of a network: what its weights and its costs follow from. ReLU, sums, concatenation and the global mean have
/// none of either and are not listed.
package struct NetworkLayer: Sendable, Hashable {
    /// What a module does. With its shapes this decides its weights and its cost.
    package enum Kind: Sendable, Hashable {
        /// Without bias.
        case convolution(kernelHeight: Int, kernelWidth: Int, groups: Int)
        case pool
        case identity
        case batchNorm
        /// With bias.
        case linear
    }

    /// PyTorch's name of the module in the DARTS and SNAS code.
    package let name: String
    package let kind: Kind
    package let input: MapShape
    package let output: MapShape

    /// What the layer costs for one image.
    package var cost: LayerCost {
        switch kind {
        case .convolution(let height, let width, let groups):
            let weights = output.channels * (input.channels / groups) * height * width
            return LayerCost(
                parameters: weights, multiplyAdds: weights * output.area,
                memoryAccessElements: input.elements + output.elements + weights, activationElements: output.elements)
        case .linear:
            let weights = output.channels * input.channels
            return LayerCost(
                parameters: weights + output.channels, multiplyAdds: weights,
                memoryAccessElements: input.channels + output.channels + weights, activationElements: output.channels)
        case .pool:
            return LayerCost(
                memoryAccessElements: input.elements + output.elements, activationElements: output.elements)
        case .identity: return LayerCost(memoryAccessElements: input.elements + output.elements)
        case .batchNorm: return LayerCost(parameters: 2 * output.channels)
        }
    }
}

/// Costs of layers, for one image.
///
/// Multiply-adds are those of convolutions and the classifier, as papers count a network (a search's penalty also charges
/// pools: `OperationCost`). Memory access is what the official SNAS code counts, layer by layer: every convolution, pool,
/// identity and linear layer reads its input and weights and writes its output; batch norm and ReLU are free. Activations
/// are the values that convolutions, pools and linear layers write.
package struct LayerCost: Sendable, Hashable {
    /// Weights and biases. A batch norm counts two a channel, whether it has scale and shift or not.
    package var parameters = 0
    /// Of convolutions and linear layers alone.
    package var multiplyAdds = 0
    /// Elements read and written, weights included.
    package var memoryAccessElements = 0
    /// Values written by convolutions, pools and linear layers.
    package var activationElements = 0

    package static func + (left: LayerCost, right: LayerCost) -> LayerCost {
        LayerCost(
            parameters: left.parameters + right.parameters, multiplyAdds: left.multiplyAdds + right.multiplyAdds,
            memoryAccessElements: left.memoryAccessElements + right.memoryAccessElements,
            activationElements: left.activationElements + right.activationElements)
    }

    static func sum(_ layers: [NetworkLayer]) -> LayerCost { layers.reduce(LayerCost()) { $0 + $1.cost } }
}
