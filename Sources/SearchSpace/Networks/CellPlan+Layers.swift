extension CellPlan {
    /// What brings a cell's inputs to its own channels and size; nil where it reads one input as it is.
    package var preprocessing: (before: OperationChain, previous: OperationChain)? {
        guard skeleton.inputs == 2 else { return nil }
        return (
            reducesPrevious ? .factorizedReduce(outputs: channels) : .reluConvBN(outputs: channels),
            .reluConvBN(outputs: channels)
        )
    }

    /// The modules of both preprocessings; none where a cell reads one input as it is.
    ///
    /// - Parameter before: shape of input 0.
    func preprocessingLayers(before: MapShape) -> [NetworkLayer] {
        guard let chains = preprocessing else { return [] }
        return chains.before.layers(named: "\(name).preprocess0", of: before)
            + chains.previous.layers(
                named: "\(name).preprocess1", of: MapShape(inputChannels1, inputHeight, inputWidth))
    }

    /// The module's name in PyTorch.
    package var name: String { "cells.\(position)" }

    /// The module's name of an edge's candidate in the super-network: DARTS', or NAS-Bench-201's.
    package func candidateName(_ edge: Edge, column: Int) -> String {
        switch skeleton {
        case .reductions: "\(name)._ops.\(edge.index)._ops.\(column)"
        case .stages: "\(name).edges.\(edge.to)<-\(edge.from).\(column)"
        }
    }

    /// The module's name of the auxiliary skip beside an edge's candidates.
    package func auxiliarySkipName(_ edge: Edge) -> String { "\(name).auxiliary_skips.\(edge.index)" }

    /// The module's name of what a derived network keeps on an edge.
    ///
    /// - Parameter number: the edge's place in the genotype, from 0.
    package func keptName(_ number: Int) -> String {
        "\(name).\(skeleton.keptModules).\(number)"
    }

    /// NAS-Bench-201 has no batch norm behind its pool.
    package var candidateSetting: OperationSetting {
        skeleton.candidateSetting
    }

    /// 2 on edges of a reduction cell that come from its inputs, else 1.
    package func stride(from source: Int) -> Int { kind == .reduce && source < 2 ? 2 : 1 }

    /// What an edge reads: the inputs stand at the cell's input size, nodes at its output size.
    package func edgeInput(from source: Int) -> MapShape {
        source < 2
            ? MapShape(channels, inputHeight, inputWidth) : MapShape(channels, outputHeight, outputWidth)
    }

    /// The layers of an operation on an edge.
    package func chain(of operation: Operation, from source: Int, in setting: OperationSetting) -> OperationChain? {
        operation.chain(channels: channels, stride: stride(from: source), in: setting)
    }

    /// The modules of an operation on an edge, with the shapes that they read and write; empty for `none`.
    package func layers(
        of operation: Operation, from source: Int, in setting: OperationSetting, named name: String
    ) -> [NetworkLayer] {
        chain(of: operation, from: source, in: setting)?.layers(named: name, of: edgeInput(from: source)) ?? []
    }
}
