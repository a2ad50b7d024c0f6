/// What a search chooses from: the kinds of its cells with their graphs, and the candidates of every edge. Networks,
/// tables, costs and genotypes read it; nothing else says how wide an edge is.
package struct SearchSpace: Sendable, Hashable {
    /// As `--space` names it.
    package let name: String
    /// Of each kind of cell, in their order.
    private let topologies: [CellTopology]
    /// The candidates, kind by kind and edge by edge: the form of alpha.
    package let shape: EdgeTableShape
    /// How its cells are stacked.
    package let skeleton: Skeleton
    /// Whether a skip stands beside every mixed operation of the super-network, always there and no candidate (DARTS-, Chu et al.
    /// 2021). A derived network has none.
    package private(set) var hasAuxiliarySkip = false

    /// - Parameters:
    ///   - topologies: the graph of each kind of cell, with as many inputs as the skeleton gives it.
    ///   - candidates: of each edge of each of them; no edge of a kind that the space has not.
    package init(
        name: String, topologies: [CellTopology], candidates: [[[Operation]]], skeleton: Skeleton = .reductions
    ) {
        precondition(topologies.count == CellKind.allCases.count && candidates.count == topologies.count)
        precondition(topologies.allSatisfy { $0.inputs == skeleton.inputs })
        precondition(zip(candidates, topologies).allSatisfy { $0.isEmpty || $0.count == $1.edgeCount })
        self.name = name
        self.topologies = topologies
        shape = EdgeTableShape(candidates: candidates)
        self.skeleton = skeleton
    }

    /// The same graph for every kind of cell.
    package init(name: String, topology: CellTopology, candidates: [[[Operation]]], skeleton: Skeleton = .reductions) {
        self.init(
            name: name, topologies: CellKind.allCases.map { _ in topology }, candidates: candidates, skeleton: skeleton)
    }

    /// The same candidates on every edge of both kinds of cell.
    package init(name: String, topology: CellTopology, everywhere candidates: [Operation]) {
        let edges = [[Operation]](repeating: candidates, count: topology.edgeCount)
        self.init(name: name, topology: topology, candidates: CellKind.allCases.map { _ in edges })
    }

    /// The same space with `hasAuxiliarySkip` as wanted.
    package func withAuxiliarySkip(_ isWanted: Bool) -> SearchSpace {
        var space = self
        space.hasAuxiliarySkip = isWanted
        return space
    }

    /// Kinds of cell whose edges have candidates, in the order of `CellKind`: both, or `normal` alone.
    package var kinds: [CellKind] { shape.kinds }

    /// The graph of a kind of cell.
    package func topology(_ kind: CellKind) -> CellTopology { topologies[Int(kind.rawValue)] }

    /// Intermediate nodes of the largest cell.
    package var nodes: Int { kinds.map { topology($0).intermediateNodes }.max() ?? 0 }

    /// Intermediate nodes of every kind, for sentences: `4`, or `3 and 1` where they differ.
    package var nodesText: String {
        let counts = kinds.map { topology($0).intermediateNodes }
        return (Set(counts).count == 1 ? Array(counts.prefix(1)) : counts).map(String.init).joined(separator: " and ")
    }

    /// Whether an edge is left out of the graph: `none` is all that it could keep.
    package func isLeftOut(_ kind: CellKind, _ edge: Edge) -> Bool { candidates(kind, edge) == [.none] }

    /// Edges that have an auxiliary skip beside their mixed operation, in order; none where the space has no such skips.
    package func edgesWithAuxiliarySkip(_ kind: CellKind) -> [Edge] {
        hasAuxiliarySkip ? topology(kind).edges.filter { !isLeftOut(kind, $0) } : []
    }

    /// Every operation that some edge may keep, in the operations' own order.
    package var operations: [Operation] {
        let all = Set(shape.candidates.joined())
        return Operation.allCases.filter(all.contains)
    }

    /// What an edge may keep, in the order of its row.
    package func candidates(_ kind: CellKind, _ edge: Edge) -> [Operation] {
        shape.candidates(kind, edge: edge.index)
    }

    /// The space with these operations alone.
    ///
    /// - Returns: nil where an edge would be left without an operation that does anything.
    package func restricted(to operations: Set<Operation>) -> SearchSpace? {
        let left = CellKind.allCases.map { kind in
            shape.candidates[shape.rows(of: kind)].map { $0 == [.none] ? $0 : $0.filter(operations.contains) }
        }
        guard zip(shape.candidates, left.joined()).allSatisfy({ $0 == $1 || $1.contains { $0 != .none } }) else {
            return nil
        }
        return SearchSpace(name: name, topologies: topologies, candidates: left, skeleton: skeleton)
            .withAuxiliarySkip(hasAuxiliarySkip)
    }

    /// The cell that has one operation on every edge, whether the edges may choose it or not.
    package func uniform(_ operation: Operation) -> Genotype {
        genotype(operations: [Operation](repeating: operation, count: shape.rows.count))
    }

    /// The cell that keeps these operations.
    ///
    /// - Parameter operations: one a row of the table.
    package func genotype(operations: [Operation]) -> Genotype {
        precondition(operations.count == shape.rows.count)
        func choices(_ kind: CellKind) -> [Genotype.Choice] {
            zip(topology(kind).edges, operations[shape.rows(of: kind)]).map {
                Genotype.Choice(operation: $1, from: $0.from, to: $0.to)
            }
        }
        return genotype(normal: choices(.normal), reduce: choices(.reduce))
    }

    /// The cell that keeps these edges, with the outputs of the space's graphs.
    ///
    /// - Parameter reduce: empty where the space has one kind of cell.
    func genotype(normal: [Genotype.Choice], reduce: [Genotype.Choice]) -> Genotype {
        Genotype(
            inputs: skeleton.inputs, normal: normal, reduce: reduce,
            normalConcat: Array(topology(.normal).outputNodes),
            reduceConcat: kinds.contains(.reduce) ? Array(topology(.reduce).outputNodes) : [])
    }
}
