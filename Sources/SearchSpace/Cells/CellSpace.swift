/// The cells of a search space as they differ in one network: with all edges, one of the candidates on each.
///
/// Two genotypes are **the same cell** when one network is the other with names exchanged. That is so where every cell of a
/// kind has one tensor as both of its inputs (the first cell of a network sees the stem twice): input 0 and input 1 may then
/// change places throughout that kind's graph. With one intermediate node its two edges are exchangeable. Intermediate nodes
/// that could change places are told apart.
///
/// A cell is **dead** when the classifier's input does not depend on the image: no path of live edges leads from the stem to
/// the last cell's output.
package struct CellSpace: Sendable, Hashable {
    package let topology: CellTopology
    /// Kinds, one a cell of the network, in order.
    private let kinds: [CellKind]
    /// Kinds of which every cell has one tensor as both of its inputs.
    private let symmetricKinds: Set<CellKind>

    package init(_ plan: NetworkPlan) {
        topology = plan.topology
        let kinds = plan.cells.map(\.kind)
        self.kinds = kinds
        // Cell 0 alone has both inputs from one place.
        symmetricKinds = Set(
            CellKind.allCases.filter { kind in kinds.indices.allSatisfy { kinds[$0] != kind || $0 == 0 } })
    }

    /// Genotypes, dead and doubled ones included; nil where they are more than an `Int` counts.
    package var genotypeCount: Int? {
        var count = 1
        for _ in 0..<2 * topology.edgeCount {
            let (product, overflow) = count.multipliedReportingOverflow(by: Operation.count)
            if overflow { return nil }
            count = product
        }
        return count
    }

    // MARK: One cell

    /// Whether the genotype is of this space: all edges, candidates only, every intermediate node in the output.
    package func contains(_ genotype: Genotype) -> Bool {
        genotype.hasAllEdges && genotype.intermediateNodes == topology.intermediateNodes
            && CellKind.allCases.allSatisfy { kind in
                genotype.concat(kind) == Array(topology.outputNodes)
                    && genotype[kind].allSatisfy { $0.operation.isCandidate }
            }
    }

    /// The one genotype that stands for all that are the same cell: of two, the one whose operations come first.
    ///
    /// Precondition: the space contains it.
    package func canonical(_ genotype: Genotype) -> Genotype {
        precondition(contains(genotype))
        let columns = CellKind.allCases.map { kind in
            let own = genotype[kind].map(\.operation.index)
            guard symmetricKinds.contains(kind) else { return own }
            let other = exchanged(own)
            return other.lexicographicallyPrecedes(own) ? other : own
        }
        return self.genotype(normal: columns[0], reduce: columns[1])
    }

    /// Input 0 and input 1 in each other's place: the first two edges into every node.
    private func exchanged(_ columns: [Int]) -> [Int] {
        var columns = columns
        for node in topology.outputNodes {
            let first = topology.edges(into: node).lowerBound
            columns.swapAt(first, first + 1)
        }
        return columns
    }

    /// Whether the classifier's input depends on the image.
    package func isLive(_ genotype: Genotype) -> Bool {
        var (before, previous) = (true, true)
        for kind in kinds {
            var nodes = [before, previous]
            for node in topology.outputNodes {
                nodes.append(
                    genotype[kind].contains { $0.to == node && $0.operation != .none && nodes[$0.from] })
            }
            (before, previous) = (previous, genotype.concat(kind).contains { nodes[$0] })
        }
        return previous
    }

    // MARK: All cells

    /// Every live cell once, in its canonical form, in the order of the operations' columns.
    ///
    /// Precondition: the space has few genotypes (`genotypeCount`).
    package func liveCells() -> [Genotype] {
        guard let count = genotypeCount else { preconditionFailure("a space that nobody can enumerate") }
        let edges = topology.edgeCount
        return (0..<count).lazy.map { number -> Genotype in
            var columns = [Int](repeating: 0, count: 2 * edges)
            var rest = number
            for edge in columns.indices.reversed() {
                (rest, columns[edge]) = rest.quotientAndRemainder(dividingBy: Operation.count)
            }
            return genotype(normal: Array(columns[..<edges]), reduce: Array(columns[edges...]))
        }.filter { isLive($0) && canonical($0) == $0 }
    }

    /// The cell that has one operation on every edge.
    package func uniform(_ operation: Operation) -> Genotype {
        let columns = [Int](repeating: operation.index, count: topology.edgeCount)
        return genotype(normal: columns, reduce: columns)
    }

    private func genotype(normal: [Int], reduce: [Int]) -> Genotype {
        func choices(_ columns: [Int]) -> [Genotype.Choice] {
            zip(topology.edges, columns).map {
                Genotype.Choice(operation: Operation.candidates[$1], from: $0.from, to: $0.to)
            }
        }
        let outputs = Array(topology.outputNodes)
        return Genotype(
            normal: choices(normal), reduce: choices(reduce), normalConcat: outputs, reduceConcat: outputs)
    }
}
