/// Which entries a table by edge and operation has: for each kind of cell a row for each edge, with an entry for each of the edge's
/// candidates. Kinds stand in the order of `CellKind`, rows in the order of a cell's edges, entries of a row in that of its
/// candidates.
package struct EdgeTableShape: Sendable, Hashable {
    /// Entries of each row, kind after kind.
    package let rows: [Range<Int>]
    /// What the entries of each row stand for.
    package let candidates: [[Operation]]
    private let rowsByKind: [Range<Int>]

    /// - Parameter candidates: of each edge, for each kind of cell; no edge of a kind that there is not.
    package init(candidates byKind: [[[Operation]]]) {
        precondition(byKind.count == CellKind.allCases.count)
        var rows: [Range<Int>] = []
        var rowsByKind: [Range<Int>] = []
        for edges in byKind {
            let first = rows.count
            for own in edges {
                precondition(!own.isEmpty && Set(own).count == own.count, "an edge has candidates, each once")
                let start = rows.last?.upperBound ?? 0
                rows.append(start..<start + own.count)
            }
            rowsByKind.append(first..<rows.count)
        }
        self.rows = rows
        self.rowsByKind = rowsByKind
        candidates = Array(byKind.joined())
    }

    /// The shape of a table without entries: that of a run whose architecture is fixed.
    package static let empty = EdgeTableShape(candidates: CellKind.allCases.map { _ in [] })

    /// Entries of the whole table.
    package var count: Int { rows.last?.upperBound ?? 0 }

    /// The kinds of cell that have edges.
    package var kinds: [CellKind] { CellKind.allCases.filter { !rows(of: $0).isEmpty } }

    /// Numbers of a kind's rows.
    package func rows(of kind: CellKind) -> Range<Int> { rowsByKind[Int(kind.rawValue)] }

    /// Rows of a kind of cell; 0 for a kind that the space does not have.
    package func edgeCount(of kind: CellKind) -> Int { rows(of: kind).count }

    /// A kind's entries: they lie side by side.
    package func entries(of kind: CellKind) -> Range<Int> {
        let own = rows(of: kind)
        guard let first = own.first, let last = own.last else { return 0..<0 }
        return rows[first].lowerBound..<rows[last].upperBound
    }

    /// Entries of one edge, whose number counts from 0 within its kind.
    package func row(_ kind: CellKind, edge: Int) -> Range<Int> { rows[rows(of: kind).lowerBound + edge] }

    /// What the entries of that edge's row stand for, in their order.
    package func candidates(_ kind: CellKind, edge: Int) -> [Operation] {
        candidates[rows(of: kind).lowerBound + edge]
    }

    /// - Returns: nil where the edge does not have the operation.
    package func entry(_ kind: CellKind, edge: Int, _ operation: Operation) -> Int? {
        guard let column = candidates(kind, edge: edge).firstIndex(of: operation) else { return nil }
        return row(kind, edge: edge).lowerBound + column
    }

    /// A kind's entries as a tensor: edges x candidates, or one row of all of them where edges differ in how many they have.
    package func tensorShape(of kind: CellKind) -> [Int] {
        let widths = Set(rows[rows(of: kind)].map(\.count))
        guard widths.count <= 1 else { return [entries(of: kind).count] }
        return [edgeCount(of: kind), widths.first ?? 0]
    }
}
