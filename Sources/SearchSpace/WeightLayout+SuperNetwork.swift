extension WeightLayout {
    /// The layout of the network in which every edge carries all operations (DARTS `model_search.py`).
    ///
    /// 16 channels and 8 cells on 3 x 32 x 32 images of 10 classes: exactly 1,930,618 weights.
    package static func superNetwork(_ plan: NetworkPlan) -> WeightLayout {
        var builder = WeightLayoutBuilder()
        builder.convolution("stem.0", outputs: plan.stemChannels, inputsPerGroup: plan.image.channels, kernel: 3)
        builder.batchNorm("stem.1", channels: plan.stemChannels, affine: true)
        for cell in plan.cells { builder.superCell(cell, topology: plan.topology) }
        let inputs = plan.classifierInputs
        builder.weight("classifier.weight", shape: [plan.classes, inputs], fanIn: inputs, role: .classifierWeight)
        builder.weight("classifier.bias", shape: [plan.classes], fanIn: inputs, role: .classifierBias)
        return WeightLayout(builder)
    }
}

extension WeightLayoutBuilder {
    fileprivate mutating func superCell(_ cell: CellPlan, topology: CellTopology) {
        let prefix = "cells.\(cell.index)"
        if cell.reducesPrevious {
            factorizedReduce("\(prefix).preprocess0", inputs: cell.inputChannels0, outputs: cell.channels)
        } else {
            reluConvBN("\(prefix).preprocess0", inputs: cell.inputChannels0, outputs: cell.channels)
        }
        reluConvBN("\(prefix).preprocess1", inputs: cell.inputChannels1, outputs: cell.channels)
        for edge in topology.edges {
            for operation in Operation.candidates {
                candidate(
                    operation, "\(prefix)._ops.\(edge.index)._ops.\(operation.index)", channels: cell.channels,
                    stride: cell.stride(of: edge))
            }
        }
    }

    private mutating func reluConvBN(_ name: String, inputs: Int, outputs: Int) {
        convolution(name + ".op.1", outputs: outputs, inputsPerGroup: inputs, kernel: 1)
        batchNorm(name + ".op.2", channels: outputs)
    }

    /// Two pointwise convolutions of stride 2, to the first and the second part of the outputs.
    private mutating func factorizedReduce(_ name: String, inputs: Int, outputs: Int) {
        convolution(name + ".conv_1", outputs: outputs / 2, inputsPerGroup: inputs, kernel: 1)
        convolution(name + ".conv_2", outputs: outputs - outputs / 2, inputsPerGroup: inputs, kernel: 1)
        batchNorm(name + ".bn", channels: outputs)
    }

    private mutating func candidate(_ operation: Operation, _ name: String, channels: Int, stride: Int) {
        switch operation {
        case .none: break
        case .maxPool3x3, .avgPool3x3: batchNorm(name + ".1", channels: channels)
        case .skipConnect: if stride == 2 { factorizedReduce(name, inputs: channels, outputs: channels) }
        case .sepConv3x3: separable(name, channels: channels, kernel: 3)
        case .sepConv5x5: separable(name, channels: channels, kernel: 5)
        case .dilConv3x3: depthwisePointwise(name, at: 1, channels: channels, kernel: 3)
        case .dilConv5x5: depthwisePointwise(name, at: 1, channels: channels, kernel: 5)
        case .sepConv7x7, .conv7x1And1x7: preconditionFailure("no candidate of a search")
        }
    }

    private mutating func separable(_ name: String, channels: Int, kernel: Int) {
        depthwisePointwise(name, at: 1, channels: channels, kernel: kernel)
        depthwisePointwise(name, at: 5, channels: channels, kernel: kernel)
    }

    private mutating func depthwisePointwise(_ name: String, at position: Int, channels: Int, kernel: Int) {
        convolution("\(name).op.\(position)", outputs: channels, inputsPerGroup: 1, kernel: kernel)
        convolution("\(name).op.\(position + 1)", outputs: channels, inputsPerGroup: channels, kernel: 1)
        batchNorm("\(name).op.\(position + 2)", channels: channels)
    }
}
