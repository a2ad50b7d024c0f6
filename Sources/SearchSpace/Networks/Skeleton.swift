/// How cells are stacked into a network.
package enum Skeleton: String, Sendable, Hashable {
    /// Every cell reads the two before it; those at a third and two thirds of all are reductions, which halve the map and double
    /// the channels (NASNet, DARTS, SNAS 2.1).
    case reductions
    /// Every cell reads the one before it; three stages of as many cells, a residual block that halves the map and doubles the
    /// channels between them, a batch norm and ReLU behind the last (NAS-Bench-201, Dong and Yang 2020).
    case stages

    /// Stages of a network of `stages`, each of as many cells.
    package static let stageCount = 3

    /// Channels of the first cell and number of cells in the network whose size the papers tell.
    package var published: (channels: Int, layers: Int) {
        switch self {
        case .reductions: (36, 20)
        case .stages: (16, 15)
        }
    }

    /// Cells that a cell reads.
    package var inputs: Int {
        switch self {
        case .reductions: 2
        case .stages: 1
        }
    }

    /// Kinds of cell that it stacks.
    package var kinds: [CellKind] {
        switch self {
        case .reductions: CellKind.allCases
        case .stages: [.normal]
        }
    }

    /// What its cells may give on, the usual first. Residual blocks take what one node has.
    package var outputs: [CellTopology.Output] {
        switch self {
        case .reductions: [.concatenation, .lastNode]
        case .stages: [.lastNode]
        }
    }

    /// The graph of a cell.
    ///
    /// - Parameter output: nil for the usual one.
    package func topology(intermediateNodes: Int, output: CellTopology.Output? = nil) -> CellTopology {
        let output = output ?? outputs[0]
        precondition(outputs.contains(output))
        return CellTopology(intermediateNodes: intermediateNodes, inputs: inputs, output: output)
    }

    /// Channels of the stem: three times the first cell's (NASNet), or as many.
    package func stemChannels(_ channels: Int) -> Int {
        switch self {
        case .reductions: 3 * channels
        case .stages: channels
        }
    }

    /// Where PyTorch's modules of a derived cell have their list of kept edges.
    var keptModules: String {
        switch self {
        case .reductions: "_ops"
        case .stages: "layers"
        }
    }

    /// What follows a super-network's pools: NAS-Bench-201 has no batch norm there.
    var candidateSetting: OperationSetting {
        switch self {
        case .reductions: .mixedOperation
        case .stages: .derivedNetwork(poolsHaveBatchNorm: false)
        }
    }

    /// Whether a batch norm and a ReLU stand between the last cell and the mean over its map.
    package var hasTailNorm: Bool {
        switch self {
        case .reductions: false
        case .stages: true
        }
    }

    /// Whether DARTS' rule, two edges a node, takes cells from it; else every edge is kept.
    package var takesTwoEdgesANode: Bool {
        switch self {
        case .reductions: true
        case .stages: false
        }
    }

    /// Whether so many cells can be stacked.
    package func takes(layers: Int) -> Bool {
        switch self {
        case .reductions: true
        case .stages: layers % Self.stageCount == 0
        }
    }

    /// Places of the reductions among L cells, from 0: L/3 and 2L/3, rounded down (DARTS); 8 cells give 2 and 5.
    package static func reductionIndices(layers: Int) -> Set<Int> { [layers / 3, 2 * layers / 3] }

    /// The cells of a network.
    ///
    /// - Parameters:
    ///   - channels: of the first cell.
    ///   - stem: shape of what the first cell reads.
    ///   - followsReduction: whether the first cell's input 0 is twice as large as `stem`.
    ///   - size: how many nodes a cell of a kind gives on, and how many edges it has.
    func cells(
        _ layers: Int, channels: Int, stem: MapShape, followsReduction: Bool = false, size: (CellKind) -> CellSize
    ) -> [CellPlan] {
        precondition(takes(layers: layers))
        switch self {
        case .reductions:
            return reducingCells(
                layers, channels: channels, stem: stem, followsReduction: followsReduction, size: size)
        case .stages: return stagedCells(layers, channels: channels, stem: stem, edges: size(.normal).edges)
        }
    }

    private func reducingCells(
        _ layers: Int, channels: Int, stem: MapShape, followsReduction: Bool, size: (CellKind) -> CellSize
    ) -> [CellPlan] {
        let reductions = Self.reductionIndices(layers: layers)
        var (before, previous, channels, edges) = (stem.channels, stem.channels, channels, 0)
        var (height, width, previousReduces) = (stem.height, stem.width, followsReduction)
        var cells: [CellPlan] = []
        for index in 0..<layers {
            let kind = reductions.contains(index) ? CellKind.reduce : .normal
            if kind == .reduce { channels *= 2 }
            let cell = CellPlan(
                index: index, position: index, skeleton: self, kind: kind, channels: channels, inputChannels0: before,
                inputChannels1: previous, reducesPrevious: previousReduces, inputHeight: height, inputWidth: width,
                firstEdge: edges)
            cells.append(cell)
            edges += size(kind).edges
            (before, previous) = (previous, size(kind).outputNodes * channels)
            (height, width, previousReduces) = (cell.outputHeight, cell.outputWidth, kind == .reduce)
        }
        return cells
    }

    private func stagedCells(_ layers: Int, channels: Int, stem: MapShape, edges: Int) -> [CellPlan] {
        let perStage = layers / Self.stageCount
        return (0..<layers).map { index in
            let stage = index / perStage
            let own = MapShape(channels << stage, stem.height, stem.width).strided(1 << stage, 1 << stage)
            return CellPlan(
                index: index, position: index + stage, skeleton: self, kind: .normal, channels: own.channels,
                inputChannels0: own.channels, inputChannels1: own.channels, reducesPrevious: false,
                inputHeight: own.height, inputWidth: own.width, firstEdge: index * edges)
        }
    }

    /// Cells and what stands between them, in their order.
    package func blocks(of cells: [CellPlan]) -> [NetworkBlock] {
        cells.enumerated().flatMap { number, cell -> [NetworkBlock] in
            guard self == .stages, number > 0, cells[number - 1].channels != cell.channels else { return [.cell(cell)] }
            let last = cells[number - 1]
            let block = ResidualBlock(
                name: "cells.\(cell.position - 1)", input: MapShape(last.channels, last.outputHeight, last.outputWidth),
                outputs: cell.channels)
            return [.residual(block), .cell(cell)]
        }
    }

    /// What stands between the last cell and the mean over its map; empty where nothing does.
    func tail(on shape: MapShape) -> [NetworkLayer] {
        guard hasTailNorm else { return [] }
        var stack = LayerStack(shape)
        stack.batchNorm(Self.tailNorm)
        return stack.layers
    }

    /// PyTorch's name of the batch norm behind the last cell of a staged network.
    package static let tailNorm = "lastact.0"
}

/// How large the cells of a kind are: nodes that they give on, and edges.
struct CellSize {
    let outputNodes: Int
    let edges: Int
}

/// One of the parts that a network is stacked from.
package enum NetworkBlock: Sendable, Hashable {
    case cell(CellPlan)
    case residual(ResidualBlock)
}

/// Halves the map and doubles the channels between two stages: two 3x3 convolutions, the first of stride 2, beside a mean over
/// 2 x 2 and a pointwise convolution (NAS-Bench-201's `ResNetBasicblock`).
package struct ResidualBlock: Sendable, Hashable {
    /// Of its module.
    package let name: String
    /// What the last cell of a stage writes.
    package let input: MapShape
    /// Channels of the cells in the next stage: twice the input's.
    package let outputs: Int

    /// Two ways from input to output, whose results are added: the chains of `main` one after the other, and
    /// `shortcut`. Each name is that of the chain's module.
    package var chains: (main: [(name: String, chain: OperationChain)], shortcut: (name: String, chain: OperationChain))
    {
        (
            [
                ("\(name).conv_a", .reluConvBN(outputs: outputs, kernel: 3, stride: 2)),
                ("\(name).conv_b", .reluConvBN(outputs: outputs, kernel: 3)),
            ],
            (
                "\(name).downsample",
                .sequential("", [.halvingMean, .convolution(.init(outputs: outputs, kernel: 1))])
            )
        )
    }

    /// Modules of both ways, `main` first. Their batch norms have scale and shift in a super-network, too: only in
    /// cells, where operations compete, they have none.
    package var layers: [NetworkLayer] {
        let (main, shortcut) = chains
        var stack = LayerStack(input)
        for (name, chain) in main { stack.append(name, chain) }
        return stack.layers + shortcut.chain.layers(named: shortcut.name, of: input)
    }
}
