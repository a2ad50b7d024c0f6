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
        from alpha: EdgeTable<Float>, in space: SearchSpace, rule: DerivationRule = .snas
    ) -> Genotype {
        precondition(alpha.shape == space.shape)
        guard rule == .darts else { return space.genotype(operations: alpha.mostProbable()) }
        let probabilities = alpha.probabilities()
        let choices = { (kind: CellKind) -> [Choice] in
            guard space.kinds.contains(kind) else { return [] }
            return space.topology(kind).nodes.flatMap {
                strongestTwo(probabilities, kind, space.usableEdges(kind, into: $0))
            }
        }
        return space.genotype(normal: choices(.normal), reduce: choices(.reduce))
    }

    /// An edge's strength is the softmax probability of its best operation that is not `none`. The softmax over all
    /// candidates changes no order inside an edge, but it does between edges: a likely `none` weakens its edge.
    private static func strongestTwo(
        _ probabilities: EdgeTable<Double>, _ kind: CellKind, _ edges: [Edge]
    ) -> [Choice] {
        let best = edges.map { edge -> (edge: Edge, operation: Operation, strength: Double) in
            let (row, candidates) = (
                probabilities.shape.row(kind, edge: edge.index),
                probabilities.shape.candidates(kind, edge: edge.index)
            )
            var best: (operation: Operation, strength: Double)?
            for (probability, candidate) in zip(probabilities.entries[row], candidates)
            where candidate != .none && probability > best?.strength ?? -1 { best = (candidate, probability) }
            guard let best else { preconditionFailure("an edge that can do nothing") }
            return (edge, best.operation, best.strength)
        }
        let ranked = best.sorted { ($1.strength, $0.edge.index) < ($0.strength, $1.edge.index) }
        return ranked.prefix(2).sorted { $0.edge.index < $1.edge.index }
            .map { Choice(operation: $0.operation, from: $0.edge.from, to: $0.edge.to) }
    }
}

extension EdgeTable<Float> {
    /// One for the operation that the genotype keeps on each edge of the super-network, zero for the others. Edges that it does not
    /// name keep `none`, or nothing at all where that is no candidate.
    ///
    /// - Parameter genotype: of candidates only, no edge twice: what either rule derives.
    package static func oneHot(_ genotype: Genotype, in space: SearchSpace) -> EdgeTable<Float> {
        var table = EdgeTable(space.shape, repeating: 0)
        for kind in space.kinds {
            let kept = Dictionary(
                genotype[kind].map { ([$0.from, $0.to], $0.operation) },
                uniquingKeysWith: { _, _ in preconditionFailure("an edge of a super-network keeps one operation") })
            for edge in space.topology(kind).edges {
                let operation = kept[[edge.from, edge.to]]
                guard operation != nil || space.candidates(kind, edge).contains(.none) else { continue }
                table[kind, edge.index, operation ?? .none] = 1
            }
        }
        return table
    }
}
