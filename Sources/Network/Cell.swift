import SearchSpace
import Tensors

/// One cell: two inputs, intermediate nodes that are sums over all their edges, and the nodes' concatenation.
struct Cell: Sendable {
    private let plan: CellPlan
    private let space: SearchSpace

    init(_ plan: CellPlan, space: SearchSpace) {
        self.plan = plan
        self.space = space
    }

    func forward(_ before: Tensor, _ previous: Tensor, _ context: ForwardContext) throws(TorchError) -> Tensor {
        var nodes = try plan.inputs(before, previous, context)
        let topology = space.topology
        for node in topology.nodes {
            var sum: Tensor?
            for edge in topology.edges[topology.edges(into: node)] {
                guard let mixed = try mixed(nodes[edge.from], edge, context) else { continue }
                if let others = sum { sum = try others + mixed } else { sum = mixed }
            }
            if let sum { nodes.append(sum) } else { nodes.append(try zeros(context)) }
        }
        return try Tensor.concatenatedOrOnly(topology.outputNodes.map { nodes[$0] })
    }

    /// The mixed operation of one edge (SNAS 2.2): sum over the operations of Z times output, then drop path on the whole,
    /// skip included. (The official code means to spare skips, tests for a type that never occurs, and drops them too.)
    ///
    /// - Returns: nil when nothing of the edge is alive.
    private func mixed(_ input: Tensor, _ edge: Edge, _ context: ForwardContext) throws(TorchError) -> Tensor? {
        var outputs: [Tensor] = []
        var weights: [Tensor] = []
        for (column, operation) in space.candidates(plan.kind, edge).enumerated()
        where !(context.skipsZeros && context.mixture.isZero(plan.kind, edge: edge.index, operation)) {
            guard let chain = plan.chain(of: operation, from: edge.from, in: plan.candidateSetting) else { continue }
            outputs.append(
                try chain.forward(
                    input, plan.candidateName(edge, column: column), context,
                    noise: NoisePlace(plan, edge: edge.index, of: context.edgeCount)))
            weights.append(context.mixture.scalar(plan.kind, edge: edge.index, operation))
        }
        var sum: Tensor?
        if !outputs.isEmpty { sum = try Tensor.weightedSum(outputs, weights: weights) }
        // Of a choice that is made only the operation remains, as in the network that is derived.
        let isChosen = context.skipsZeros && !context.keepsAuxiliarySkips && outputs.count <= 1
        if space.hasAuxiliarySkip, !isChosen,
            let skip = plan.chain(of: .skipConnect, from: edge.from, in: plan.candidateSetting)
        {
            let beside = try skip.forward(input, plan.auxiliarySkipName(edge), context)
            if let mixed = sum { sum = try mixed + beside } else { sum = beside }
        }
        guard let sum else { return nil }
        guard let mask = try context.dropPathMask(cell: plan.index, edge: edge.index) else { return sum }
        return try sum.scaledImages(by: mask)
    }

    /// A node that no live edge reaches.
    private func zeros(_ context: ForwardContext) throws(TorchError) -> Tensor {
        try Tensor.zeros(
            images: context.imageCount, channels: plan.channels, height: plan.outputHeight, width: plan.outputWidth,
            precision: context.precision, device: context.device)
    }
}
