/// What a search chooses from: the graph of its cells and the candidates of every edge. Networks, tables, costs and genotypes
/// read it; nothing else says how wide an edge is.
package struct SearchSpace: Sendable, Hashable {
    /// As `--space` names it.
    package let name: String
    /// Of every kind of cell.
    package let topology: CellTopology
    /// The candidates, kind by kind and edge by edge: the form of alpha.
    package let shape: EdgeTableShape
    /// How its cells are stacked.
    package let skeleton: Skeleton
    /// Whether a skip stands beside every mixed operation of the super-network, always there and no candidate (DARTS-, Chu et al.
    /// 2021). A derived network has none.
    package private(set) var hasAuxiliarySkip = false

    /// - Parameter candidates: of each edge of the topology, for each kind of cell; no edge of a kind that the space has not.
    package init(name: String, topology: CellTopology, candidates: [[[Operation]]], skeleton: Skeleton = .reductions) {
        precondition(topology.inputs == (skeleton == .stages ? 1 : 2))
        precondition(candidates.allSatisfy { $0.isEmpty || $0.count == topology.edgeCount })
        self.name = name
        self.topology = topology
        shape = EdgeTableShape(candidates: candidates)
        self.skeleton = skeleton
    }

    /// The same candidates on every edge of both kinds of cell.
    package init(name: String, topology: CellTopology, everywhere candidates: [Operation]) {
        let edges = [[Operation]](repeating: candidates, count: topology.edgeCount)
        self.init(name: name, topology: topology, candidates: CellKind.allCases.map { _ in edges })
    }

    package func withAuxiliarySkip(_ isWanted: Bool) -> SearchSpace {
        var space = self
        space.hasAuxiliarySkip = isWanted
        return space
    }

    package var kinds: [CellKind] { shape.kinds }

    /// Every operation that some edge may keep, in the operations' own order.
    package var operations: [Operation] {
        let all = Set(shape.candidates.joined())
        return Operation.allCases.filter(all.contains)
    }

    package func candidates(_ kind: CellKind, _ edge: Edge) -> [Operation] {
        shape.candidates(kind, edge: edge.index)
    }

    /// The space with these operations alone.
    ///
    /// - Returns: nil where an edge would be left without an operation that does anything.
    package func restricted(to operations: Set<Operation>) -> SearchSpace? {
        let left = CellKind.allCases.map { kind in
            shape.candidates[shape.rows(of: kind)].map { $0.filter(operations.contains) }
        }
        guard left.joined().allSatisfy({ $0.contains { $0 != .none } }) else { return nil }
        return SearchSpace(name: name, topology: topology, candidates: left, skeleton: skeleton)
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
            zip(topology.edges, operations[shape.rows(of: kind)]).map {
                Genotype.Choice(operation: $1, from: $0.from, to: $0.to)
            }
        }
        let outputs = Array(topology.outputNodes)
        return Genotype(
            inputs: topology.inputs, normal: choices(.normal), reduce: choices(.reduce), normalConcat: outputs,
            reduceConcat: kinds.contains(.reduce) ? outputs : [])
    }
}
