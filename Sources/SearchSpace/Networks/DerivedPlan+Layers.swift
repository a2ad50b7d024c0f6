extension DerivedPlan {
    /// Every module, in the order of PyTorch's modules: stem, cells, auxiliary head, classifier.
    package var layers: [NetworkLayer] {
        let stacked = blocks.flatMap { block in
            switch block {
            case .cell(let cell): layers(of: cell)
            case .residual(let block): block.layers
            }
        }
        return stemLayers + stacked + (hasAuxiliary ? auxiliaryLayers : []) + tailLayers + classifierLayers
    }

    /// What stands before the first cell: in the ImageNet form three convolutions of stride 2, else one of stride 1.
    package var stemLayers: [NetworkLayer] {
        var stack = LayerStack(MapShape(image.channels, image.height, image.width))
        switch form {
        case .cifar, .stages: stack.plainStem(channels: stemChannels)
        case .imageNet:
            stack.convolution("stem0.0", outputs: max(1, initChannels / 2), kernel: 3, stride: 2)
            stack.batchNorm("stem0.1")
            stack.convolution("stem0.3", outputs: initChannels, kernel: 3, stride: 2)
            stack.batchNorm("stem0.4")
            stack.convolution("stem1.1", outputs: initChannels, kernel: 3, stride: 2)
            stack.batchNorm("stem1.2")
        }
        return stack.layers
    }

    /// The cell's preprocessing, then its kept edges in the genotype's order.
    package func layers(of cell: CellPlan) -> [NetworkLayer] {
        cell.preprocessingLayers(before: inputOfTwoBefore(cell))
            + genotype[cell.kind].enumerated().flatMap { index, choice in
                layers(of: choice, named: cell.keptName(index), in: cell)
            }
    }

    /// The modules of one kept edge; none for `none`.
    package func layers(of choice: Genotype.Choice, named name: String, in cell: CellPlan) -> [NetworkLayer] {
        cell.layers(of: choice.operation, from: choice.from, in: operationSetting, named: name)
    }

    /// Pools have a batch norm if the plan asks for it, but none in a staged network (NAS-Bench-201).
    package var operationSetting: OperationSetting {
        .derivedNetwork(poolsHaveBatchNorm: poolsHaveBatchNorm && form != .stages)
    }

    /// What stands between the last cell and the mean over its map.
    package var tailLayers: [NetworkLayer] { form.skeleton.tail(on: MapShape(classifierInputs, 1, 1)) }

    /// ReLU, mean to 2 x 2, pointwise to 128, batch norm, ReLU, 2 x 2 to 768, batch norm, ReLU, linear. The ImageNet form
    /// omits the last batch norm (the DARTS authors' note: by accident, kept for their numbers' sake).
    package var auxiliaryLayers: [NetworkLayer] {
        let cell = auxiliaryCell
        let name = "auxiliary_head.features"
        var stack = LayerStack(MapShape(outputChannels(cell), cell.outputHeight, cell.outputWidth))
        stack.append(name + ".1", .pool, MapShape(stack.shape.channels, 2, 2))
        stack.convolution(name + ".2", outputs: 128, kernel: 1)
        stack.batchNorm(name + ".3")
        stack.append(name + ".5", .convolution(kernelHeight: 2, kernelWidth: 2, groups: 1), MapShape(768, 1, 1))
        if form == .cifar { stack.batchNorm(name + ".6") }
        stack.append("auxiliary_head.classifier", .linear, MapShape(classes, 1, 1))
        return stack.layers
    }

    /// The linear layer behind the mean over the last map.
    package var classifierLayers: [NetworkLayer] {
        var stack = LayerStack(MapShape(classifierInputs, 1, 1))
        stack.append("classifier", .linear, MapShape(classes, 1, 1))
        return stack.layers
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
