/// How a cell is taken from alpha.
package enum DerivationRule: String, CaseIterable, Sendable, Hashable {
    /// The most probable operation of every edge, `none` included and dead nodes legal (SNAS 2.2): all edges are kept.
    case snas
    /// The two strongest edges of every node, each with its most probable operation, `none` left out of both (DARTS 2.4). Of
    /// equals the lower index wins.
    case darts
}

extension Genotype {
    /// The cell that a rule keeps. Edges stand in index order (the official SNAS code sorts them by strength, which says
    /// nothing about the network); of equal operations the first is kept, of equal edges the ones of lower index.
    package static func derived(
        from alpha: EdgeTable<Float>, topology: CellTopology, rule: DerivationRule = .snas
    ) -> Genotype {
        precondition(alpha.shape == topology.tableShape)
        let choices = { (kind: CellKind) -> [Choice] in
            switch rule {
            case .snas:
                return zip(topology.edges, alpha.mostProbable(kind)).map {
                    Choice(operation: $1, from: $0.from, to: $0.to)
                }
            case .darts:
                let probabilities = alpha.probabilities()
                return topology.outputNodes.flatMap {
                    strongestTwo(probabilities, kind, topology.edges[topology.edges(into: $0)])
                }
            }
        }
        let concat = Array(topology.outputNodes)
        return Genotype(
            normal: choices(.normal), reduce: choices(.reduce), normalConcat: concat, reduceConcat: concat)
    }

    /// An edge's strength is the softmax probability of its best operation that is not `none`. The softmax over all
    /// candidates changes no order inside an edge, but it does between edges: a likely `none` weakens its edge.
    private static func strongestTwo(
        _ probabilities: EdgeTable<Double>, _ kind: CellKind, _ edges: ArraySlice<Edge>
    ) -> [Choice] {
        let best = edges.map { edge -> (edge: Edge, operation: Operation, strength: Double) in
            var (operation, strength) = (Operation.maxPool3x3, -1.0)
            for candidate in Operation.candidates where candidate != .none {
                let probability = probabilities[kind, edge.index, candidate]
                if probability > strength { (operation, strength) = (candidate, probability) }
            }
            return (edge, operation, strength)
        }
        let ranked = best.sorted { ($1.strength, $0.edge.index) < ($0.strength, $1.edge.index) }
        return ranked.prefix(2).sorted { $0.edge.index < $1.edge.index }
            .map { Choice(operation: $0.operation, from: $0.edge.from, to: $0.edge.to) }
    }
}

extension EdgeTable<Float> {
    /// One for the operation that the genotype keeps on each edge of the super-network, zero for the others; `none` on edges
    /// that it does not name.
    ///
    /// - Parameter genotype: of candidates only, no edge twice: what either rule derives.
    package static func oneHot(_ genotype: Genotype) -> EdgeTable<Float> {
        let topology = CellTopology(intermediateNodes: genotype.intermediateNodes)
        var table = EdgeTable(topology.tableShape, repeating: 0)
        for kind in CellKind.allCases {
            let kept = Dictionary(
                genotype[kind].map { ([$0.from, $0.to], $0.operation) },
                uniquingKeysWith: { _, _ in preconditionFailure("an edge of a super-network keeps one operation") })
            for edge in topology.edges {
                let operation = kept[[edge.from, edge.to]] ?? .none
                precondition(operation.isCandidate, "a super-network has no \(operation.name)")
                table[kind, edge.index, operation] = 1
            }
        }
        return table
    }
}
