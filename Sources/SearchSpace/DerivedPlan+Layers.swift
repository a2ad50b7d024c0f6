extension DerivedPlan {
    /// Every module, in the order of PyTorch's modules: stem, cells, auxiliary head, classifier.
    package var layers: [NetworkLayer] {
        stemLayers + cells.flatMap(layers(of:)) + (hasAuxiliary ? auxiliaryLayers : []) + classifierLayers
    }

    package var stemLayers: [NetworkLayer] {
        var chain = LayerChain(MapShape(image.channels, image.height, image.width))
        switch form {
        case .cifar:
            chain.convolution("stem.0", outputs: stemChannels, kernel: 3)
            chain.batchNorm("stem.1")
        case .imageNet:
            chain.convolution("stem0.0", outputs: max(1, initChannels / 2), kernel: 3, stride: 2)
            chain.batchNorm("stem0.1")
            chain.convolution("stem0.3", outputs: initChannels, kernel: 3, stride: 2)
            chain.batchNorm("stem0.4")
            chain.convolution("stem1.1", outputs: initChannels, kernel: 3, stride: 2)
            chain.batchNorm("stem1.2")
        }
        return chain.layers
    }

    package func layers(of cell: CellPlan) -> [NetworkLayer] {
        let prefix = "cells.\(cell.index)"
        let previous = MapShape(cell.inputChannels1, cell.inputHeight, cell.inputWidth)
        var first = LayerChain(inputOfTwoBefore(cell))
        if cell.reducesPrevious {
            first.factorizedReduce("\(prefix).preprocess0", outputs: cell.channels)
        } else {
            first.reluConvBN("\(prefix).preprocess0", outputs: cell.channels)
        }
        var second = LayerChain(previous)
        second.reluConvBN("\(prefix).preprocess1", outputs: cell.channels)
        let edges = genotype[cell.kind].enumerated().flatMap { index, choice in
            layers(of: choice, named: "\(prefix)._ops.\(index)", in: cell)
        }
        return first.layers + second.layers + edges
    }

    /// The modules of one kept edge; none for `none`.
    package func layers(of choice: Genotype.Choice, named name: String, in cell: CellPlan) -> [NetworkLayer] {
        let stride = cell.stride(of: choice)
        let side = stride == 2 || choice.from < 2
        var chain = LayerChain(
            MapShape(
                cell.channels, side ? cell.inputHeight : cell.outputHeight, side ? cell.inputWidth : cell.outputWidth))
        switch choice.operation {
        case .none: break
        case .maxPool3x3, .avgPool3x3:
            chain.pool(name + ".op.0", stride: stride)
            if poolsHaveBatchNorm { chain.batchNorm(name + ".op.1") }
        case .skipConnect where stride == 1: chain.identity(name)
        case .skipConnect: chain.factorizedReduce(name, outputs: cell.channels)
        case .sepConv3x3: chain.separable(name, kernel: 3, stride: stride)
        case .sepConv5x5: chain.separable(name, kernel: 5, stride: stride)
        case .sepConv7x7: chain.separable(name, kernel: 7, stride: stride)
        case .dilConv3x3: chain.depthwisePointwise(name + ".op", at: 1, kernel: 3, stride: stride)
        case .dilConv5x5: chain.depthwisePointwise(name + ".op", at: 1, kernel: 5, stride: stride)
        case .conv7x1And1x7: chain.rowThenColumn(name, kernel: 7, stride: stride)
        }
        return chain.layers
    }

    /// ReLU, mean to 2 x 2, pointwise to 128, batch norm, ReLU, 2 x 2 to 768, batch norm, ReLU, linear. The ImageNet form
    /// omits the last batch norm (the DARTS authors' note: by accident, kept for their numbers' sake).
    package var auxiliaryLayers: [NetworkLayer] {
        let cell = auxiliaryCell
        let name = "auxiliary_head.features"
        var chain = LayerChain(MapShape(outputChannels(cell), cell.outputHeight, cell.outputWidth))
        chain.append(name + ".1", .pool, MapShape(chain.shape.channels, 2, 2))
        chain.convolution(name + ".2", outputs: 128, kernel: 1)
        chain.batchNorm(name + ".3")
        chain.append(name + ".5", .convolution(kernelHeight: 2, kernelWidth: 2, groups: 1), MapShape(768, 1, 1))
        if form == .cifar { chain.batchNorm(name + ".6") }
        chain.append("auxiliary_head.classifier", .linear, MapShape(classes, 1, 1))
        return chain.layers
    }

    package var classifierLayers: [NetworkLayer] {
        var chain = LayerChain(MapShape(classifierInputs, 1, 1))
        chain.append("classifier", .linear, MapShape(classes, 1, 1))
        return chain.layers
    }

    /// The cell before the previous one's output, or the stem's.
    package func inputOfTwoBefore(_ cell: CellPlan) -> MapShape {
        if cell.index > 1 {
            let source = cells[cell.index - 2]
            return MapShape(cell.inputChannels0, source.outputHeight, source.outputWidth)
        }
        guard form == .imageNet, cell.index == 0 else {
            return MapShape(cell.inputChannels0, cells[0].inputHeight, cells[0].inputWidth)
        }
        return MapShape(image.channels, image.height, image.width).strided(4, 4).with(channels: cell.inputChannels0)
    }
}

extension CellPlan {
    /// 2 on edges of a reduction cell that come from its inputs, else 1.
    package func stride(of choice: Genotype.Choice) -> Int { kind == .reduce && choice.from < 2 ? 2 : 1 }
}

/// Layers one after the other.
private struct LayerChain {
    private(set) var layers: [NetworkLayer] = []
    private(set) var shape: MapShape

    init(_ shape: MapShape) { self.shape = shape }

    mutating func append(_ name: String, _ kind: NetworkLayer.Kind, _ output: MapShape) {
        layers.append(NetworkLayer(name: name, kind: kind, input: shape, output: output))
        shape = output
    }

    mutating func convolution(_ name: String, outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1) {
        append(
            name, .convolution(kernelHeight: kernel, kernelWidth: kernel, groups: groups),
            shape.strided(stride, stride).with(channels: outputs))
    }

    mutating func batchNorm(_ name: String) { append(name, .batchNorm, shape) }

    mutating func identity(_ name: String) { append(name, .identity, shape) }

    mutating func pool(_ name: String, stride: Int) { append(name, .pool, shape.strided(stride, stride)) }

    mutating func reluConvBN(_ name: String, outputs: Int) {
        convolution(name + ".op.1", outputs: outputs, kernel: 1)
        batchNorm(name + ".op.2")
    }

    /// Two pointwise convolutions of stride 2, to the first and the second part of the outputs.
    mutating func factorizedReduce(_ name: String, outputs: Int) {
        let input = shape
        convolution(name + ".conv_1", outputs: outputs / 2, kernel: 1, stride: 2)
        shape = input
        convolution(name + ".conv_2", outputs: outputs - outputs / 2, kernel: 1, stride: 2)
        shape = shape.with(channels: outputs)
        batchNorm(name + ".bn")
    }

    mutating func separable(_ name: String, kernel: Int, stride: Int) {
        depthwisePointwise(name + ".op", at: 1, kernel: kernel, stride: stride)
        depthwisePointwise(name + ".op", at: 5, kernel: kernel, stride: 1)
    }

    mutating func depthwisePointwise(_ name: String, at position: Int, kernel: Int, stride: Int) {
        convolution(
            "\(name).\(position)", outputs: shape.channels, kernel: kernel, stride: stride, groups: shape.channels)
        convolution("\(name).\(position + 1)", outputs: shape.channels, kernel: 1)
        batchNorm("\(name).\(position + 2)")
    }

    mutating func rowThenColumn(_ name: String, kernel: Int, stride: Int) {
        append(name + ".1", .convolution(kernelHeight: 1, kernelWidth: kernel, groups: 1), shape.strided(1, stride))
        append(name + ".2", .convolution(kernelHeight: kernel, kernelWidth: 1, groups: 1), shape.strided(stride, 1))
        batchNorm(name + ".3")
    }
}
