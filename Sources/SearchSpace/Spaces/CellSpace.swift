/// The cells of a search space as they differ in one network: with all edges, one of its candidates on each.
///
/// Two genotypes are **the same cell** when one network is the other with names exchanged. That is so where every cell of a
/// kind has one tensor as both of its inputs (the first cell of a network sees the stem twice) and both have the same
/// candidates: input 0 and input 1 may then change places throughout that kind's graph. With one intermediate node its two
/// edges are exchangeable. Intermediate nodes that could change places are told apart.
///
/// A cell is **dead** when the classifier's input does not depend on the image: no path of live edges leads from the stem to
/// the last cell's output.
package struct CellSpace: Sendable, Hashable {
    /// What edges choose from, whatever the network is.
    package let searchSpace: SearchSpace
    /// Kinds, one a cell of the network, in order.
    private let kinds: [CellKind]
    /// Kinds of which every cell has one tensor as both of its inputs.
    private let symmetricKinds: Set<CellKind>

    /// - Parameter plan: its cells' kinds and their order decide which genotypes are the same cell and which are dead.
    package init(_ plan: NetworkPlan) {
        searchSpace = plan.space
        let kinds = plan.cells.map(\.kind)
        self.kinds = kinds
        let space = plan.space
        // Cell 0 alone has both inputs from one place.
        symmetricKinds = Set(
            space.kinds.filter { kind in
                kinds.indices.allSatisfy { kinds[$0] != kind || $0 == 0 } && Self.inputsAreAlike(kind, space)
            })
    }

    private static func inputsAreAlike(_ kind: CellKind, _ space: SearchSpace) -> Bool {
        let topology = space.topology(kind)
        return topology.inputs == 2
            && topology.nodes.allSatisfy { node in
                let edges = topology.edges[topology.edges(into: node)].prefix(2)
                return Set(edges.map { space.candidates(kind, $0) }).count == 1
            }
    }

    /// Genotypes, dead and doubled ones included; nil where they are more than an `Int` counts.
    package var genotypeCount: Int? {
        var count = 1
        for row in searchSpace.shape.rows {
            let (product, overflow) = count.multipliedReportingOverflow(by: row.count)
            if overflow { return nil }
            count = product
        }
        return count
    }

    // MARK: One cell

    /// Whether the genotype is of this space: all edges, an edge's candidates only, the space's output.
    package func contains(_ genotype: Genotype) -> Bool { columns(of: genotype) != nil }

    /// The one genotype that stands for all that are the same cell: of two, the one whose operations come first.
    ///
    /// Precondition: the space contains it.
    package func canonical(_ genotype: Genotype) -> Genotype {
        guard var columns = columns(of: genotype) else { preconditionFailure("a cell of another space") }
        for kind in symmetricKinds {
            let rows = searchSpace.shape.rows(of: kind)
            let other = exchanged(Array(columns[rows]), searchSpace.topology(kind))
            if other.lexicographicallyPrecedes(columns[rows]) { columns.replaceSubrange(rows, with: other) }
        }
        return self.genotype(columns)
    }

    /// Of each row the column that the genotype keeps; nil where it is none of this space.
    private func columns(of genotype: Genotype) -> [Int]? {
        guard genotype.normal.count + genotype.reduce.count == searchSpace.shape.rows.count else { return nil }
        var columns: [Int] = []
        for kind in searchSpace.kinds {
            let topology = searchSpace.topology(kind)
            guard genotype.concat(kind) == Array(topology.outputNodes), genotype[kind].count == topology.edgeCount
            else { return nil }
            for (edge, choice) in zip(topology.edges, genotype[kind]) {
                guard edge.from == choice.from, edge.to == choice.to,
                    let column = searchSpace.candidates(kind, edge).firstIndex(of: choice.operation)
                else { return nil }
                columns.append(column)
            }
        }
        return columns
    }

    /// Input 0 and input 1 in each other's place: the first two edges into every node.
    private func exchanged(_ columns: [Int], _ topology: CellTopology) -> [Int] {
        var columns = columns
        for node in topology.nodes {
            let first = topology.edges(into: node).lowerBound
            columns.swapAt(first, first + 1)
        }
        return columns
    }

    /// Whether the classifier's input depends on the image.
    package func isLive(_ genotype: Genotype) -> Bool {
        var (before, previous) = (true, true)
        for kind in kinds {
            let topology = searchSpace.topology(kind)
            var nodes = topology.inputs == 2 ? [before, previous] : [previous]
            for node in topology.nodes {
                nodes.append(
                    genotype[kind].contains { $0.to == node && $0.operation.readsInput && nodes[$0.from] })
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
        let widths = searchSpace.shape.rows.map(\.count)
        return (0..<count).lazy.map { number -> Genotype in
            var columns = [Int](repeating: 0, count: widths.count)
            var rest = number
            for row in columns.indices.reversed() {
                (rest, columns[row]) = rest.quotientAndRemainder(dividingBy: widths[row])
            }
            return genotype(columns)
        }.filter { isLive($0) && canonical($0) == $0 }
    }

    private func genotype(_ columns: [Int]) -> Genotype {
        searchSpace.genotype(operations: zip(searchSpace.shape.candidates, columns).map { $0[$1] })
    }
}
