import SearchSpace
import Tensors

/// One cell: its inputs, intermediate nodes that are sums over all their edges, and what its graph gives on.
struct Cell: Sendable {
    private let plan: CellPlan
    private let topology: CellTopology
    /// Edge by edge.
    private let candidates: [[Candidate]]
    /// Beside them, by edge: of all edges that are there, or of none.
    private let auxiliarySkips: [Int: Candidate]

    private struct Candidate: Sendable {
        let operation: Operation
        let chain: OperationChain
        let name: String
    }

    init(_ plan: CellPlan, space: SearchSpace) {
        self.plan = plan
        topology = space.topology(plan.kind)
        func candidate(_ operation: Operation, _ edge: Edge, _ name: String) -> Candidate? {
            plan.chain(of: operation, from: edge.from, in: plan.candidateSetting).map {
                Candidate(operation: operation, chain: $0, name: name)
            }
        }
        candidates = topology.edges.map { edge in
            space.candidates(plan.kind, edge).enumerated().compactMap { column, operation in
                candidate(operation, edge, plan.candidateName(edge, column: column))
            }
        }
        auxiliarySkips = Dictionary(
            uniqueKeysWithValues: space.edgesWithAuxiliarySkip(plan.kind).compactMap { edge in
                candidate(.skipConnect, edge, plan.auxiliarySkipName(edge)).map { (edge.index, $0) }
            })
    }

    func forward(_ before: Tensor, _ previous: Tensor, _ context: ForwardContext) throws(TorchError) -> Tensor {
        var nodes = try plan.inputs(before, previous, context)
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
        for candidate in candidates[edge.index]
        where !(context.skipsZeros && context.mixture.isZero(plan.kind, edge: edge.index, candidate.operation)) {
            outputs.append(
                try candidate.chain.forward(
                    input, candidate.name, context, noise: NoisePlace(plan, edge: edge.index)))
            weights.append(context.mixture.scalar(plan.kind, edge: edge.index, candidate.operation))
        }
        var sum: Tensor?
        if !outputs.isEmpty { sum = try Tensor.weightedSum(outputs, weights: weights) }
        // Of a choice that is made only the operation remains, as in the network that is derived.
        let isChosen = context.skipsZeros && !context.keepsAuxiliarySkips && outputs.count <= 1
        if !isChosen, let skip = auxiliarySkips[edge.index] {
            let beside = try skip.chain.forward(input, skip.name, context)
            if let mixed = sum { sum = try mixed + beside } else { sum = beside }
        }
        guard let sum else { return nil }
        guard let mask = try context.dropPathMask(plan, edge: edge.index) else { return sum }
        return try sum.scaledImages(by: mask)
    }

    /// A node that no live edge reaches.
    private func zeros(_ context: ForwardContext) throws(TorchError) -> Tensor {
        try Tensor.zeros(
            images: context.imageCount, channels: plan.channels, height: plan.outputHeight, width: plan.outputWidth,
            precision: context.precision, device: context.device)
    }
}
