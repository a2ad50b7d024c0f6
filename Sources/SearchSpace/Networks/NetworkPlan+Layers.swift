extension NetworkPlan {
    /// Every module of the network in which each edge carries all its candidates, in the order of PyTorch's modules (DARTS
    /// `model_search.py`), and whether its batch norm has scale and shift: the stem's alone has.
    var modules: [(layer: NetworkLayer, isAffine: Bool)] {
        var stem = LayerStack(MapShape(image.channels, image.height, image.width))
        stem.cifarStem(channels: stemChannels)
        var classifier = LayerStack(MapShape(classifierInputs, 1, 1))
        classifier.append("classifier", .linear, MapShape(classes, 1, 1))
        return stem.layers.map { ($0, true) } + cells.flatMap(layers(of:)).map { ($0, false) }
            + classifier.layers.map { ($0, true) }
    }

    /// Of one cell: its preprocessing, then every candidate of every edge.
    package func layers(of cell: CellPlan) -> [NetworkLayer] {
        let reduced = cell.reducesPrevious ? 2 : 1
        let before = MapShape(cell.inputChannels0, reduced * cell.inputHeight, reduced * cell.inputWidth)
        return cell.preprocessingLayers(before: before)
            + topology.edges.flatMap { edge in
                space.candidates(cell.kind, edge).enumerated().flatMap { column, operation in
                    cell.layers(
                        of: operation, from: edge.from, in: .mixedOperation,
                        named: "\(cell.name)._ops.\(edge.index)._ops.\(column)")
                }
            }
    }
}

extension LayerStack {
    /// A 3x3 convolution and a batch norm.
    mutating func cifarStem(channels: Int) {
        convolution("stem.0", outputs: channels, kernel: 3)
        batchNorm("stem.1")
    }
}
