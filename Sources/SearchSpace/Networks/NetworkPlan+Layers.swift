extension NetworkPlan {
    /// Every module of the network in which each edge carries all its candidates, in the order of PyTorch's modules (DARTS
    /// `model_search.py`), and whether its batch norm has scale and shift: none in a cell has.
    var modules: [(layer: NetworkLayer, isAffine: Bool)] {
        var stem = LayerStack(MapShape(image.channels, image.height, image.width))
        stem.plainStem(channels: stemChannels)
        var classifier = LayerStack(MapShape(classifierInputs, 1, 1))
        classifier.append("classifier", .linear, MapShape(classes, 1, 1))
        let stacked = blocks.flatMap { block -> [(layer: NetworkLayer, isAffine: Bool)] in
            switch block {
            case .cell(let cell): layers(of: cell).map { ($0, false) }
            case .residual(let block): block.layers.map { ($0, true) }
            }
        }
        let tail = space.skeleton.tail(on: MapShape(classifierInputs, 1, 1))
        return stem.layers.map { ($0, true) } + stacked + (tail + classifier.layers).map { ($0, true) }
    }

    /// Of one cell: its preprocessing, then every candidate of every edge.
    package func layers(of cell: CellPlan) -> [NetworkLayer] {
        let reduced = cell.reducesPrevious ? 2 : 1
        let before = MapShape(cell.inputChannels0, reduced * cell.inputHeight, reduced * cell.inputWidth)
        return cell.preprocessingLayers(before: before)
            + topology.edges.flatMap { edge in
                space.candidates(cell.kind, edge).enumerated().flatMap { column, operation in
                    cell.layers(
                        of: operation, from: edge.from, in: cell.candidateSetting,
                        named: cell.candidateName(edge, column: column))
                } + (space.hasAuxiliarySkip ? auxiliarySkip(cell, edge) : [])
            }
    }

    private func auxiliarySkip(_ cell: CellPlan, _ edge: Edge) -> [NetworkLayer] {
        cell.layers(
            of: .skipConnect, from: edge.from, in: cell.candidateSetting, named: cell.auxiliarySkipName(edge))
    }
}

extension LayerStack {
    /// A 3x3 convolution and a batch norm.
    mutating func plainStem(channels: Int) {
        convolution("stem.0", outputs: channels, kernel: 3)
        batchNorm("stem.1")
    }
}
