extension NetworkPlan {
    /// A layer of the super-network.
    struct Module {
        let layer: NetworkLayer
        /// Whether its batch norm has scale and shift: none in a cell has.
        let isAffine: Bool
        /// The candidate that it is a part of, as an entry of alpha's table; nil where it is a part of none.
        var tableEntry: Int?
    }

    /// Every module of the network in which each edge carries all its candidates, in the order of PyTorch's modules (DARTS
    /// `model_search.py`).
    var modules: [Module] {
        var stem = LayerStack(MapShape(image.channels, image.height, image.width))
        stem.plainStem(channels: stemChannels)
        var classifier = LayerStack(MapShape(classifierInputs, 1, 1))
        classifier.append("classifier", .linear, MapShape(classes, 1, 1))
        let stacked = blocks.flatMap { block -> [Module] in
            switch block {
            case .cell(let cell): modules(of: cell)
            case .residual(let block): block.layers.map { Module(layer: $0, isAffine: true) }
            }
        }
        let tail = space.skeleton.tail(on: MapShape(classifierInputs, 1, 1))
        return stem.layers.map { Module(layer: $0, isAffine: true) } + stacked
            + (tail + classifier.layers).map { Module(layer: $0, isAffine: true) }
    }

    /// Of the whole network, in the order of its modules.
    package var allLayers: [NetworkLayer] { modules.map(\.layer) }

    /// Of one cell: its preprocessing, then every candidate of every edge.
    package func layers(of cell: CellPlan) -> [NetworkLayer] { modules(of: cell).map(\.layer) }

    private func modules(of cell: CellPlan) -> [Module] {
        let reduced = cell.reducesPrevious ? 2 : 1
        let before = MapShape(cell.inputChannels0, reduced * cell.inputHeight, reduced * cell.inputWidth)
        return cell.preprocessingLayers(before: before).map { Module(layer: $0, isAffine: false) }
            + space.topology(cell.kind).edges.flatMap { candidates(of: cell, $0) + auxiliarySkip(of: cell, $0) }
    }

    private func candidates(of cell: CellPlan, _ edge: Edge) -> [Module] {
        let row = space.shape.row(cell.kind, edge: edge.index)
        return space.candidates(cell.kind, edge).enumerated().flatMap { column, operation in
            cell.layers(
                of: operation, from: edge.from, in: cell.candidateSetting,
                named: cell.candidateName(edge, column: column)
            ).map { Module(layer: $0, isAffine: false, tableEntry: row.lowerBound + column) }
        }
    }

    private func auxiliarySkip(of cell: CellPlan, _ edge: Edge) -> [Module] {
        guard space.edgesWithAuxiliarySkip(cell.kind).contains(edge) else { return [] }
        return cell.layers(
            of: .skipConnect, from: edge.from, in: cell.candidateSetting, named: cell.auxiliarySkipName(edge)
        ).map { Module(layer: $0, isAffine: false) }
    }
}

extension LayerStack {
    /// A 3x3 convolution and a batch norm.
    mutating func plainStem(channels: Int) {
        convolution("stem.0", outputs: channels, kernel: 3)
        batchNorm("stem.1")
    }
}
