/// Which entries a table by edge and operation has: for each kind of cell a row for each edge, as wide as the edge has candidates.
/// Kinds stand in the order of `CellKind`, rows in the order of a cell's edges, entries of a row in that of its candidates.
package struct EdgeTableShape: Sendable, Hashable {
    /// Entries of each row, kind after kind.
    package let rows: [Range<Int>]
    private let rowsByKind: [Range<Int>]

    /// - Parameter candidates: how many each edge has, for each kind of cell.
    package init(candidates: [[Int]]) {
        precondition(candidates.count == CellKind.allCases.count && candidates.joined().allSatisfy { $0 > 0 })
        var rows: [Range<Int>] = []
        var rowsByKind: [Range<Int>] = []
        for widths in candidates {
            let first = rows.count
            for width in widths {
                let start = rows.last?.upperBound ?? 0
                rows.append(start..<start + width)
            }
            rowsByKind.append(first..<rows.count)
        }
        self.rows = rows
        self.rowsByKind = rowsByKind
    }

    /// Of what has no edges to choose for.
    package static let empty = EdgeTableShape(candidates: CellKind.allCases.map { _ in [] })

    /// Entries of the whole table.
    package var count: Int { rows.last?.upperBound ?? 0 }

    /// Numbers of a kind's rows.
    package func rows(of kind: CellKind) -> Range<Int> { rowsByKind[Int(kind.rawValue)] }

    package func edgeCount(of kind: CellKind) -> Int { rows(of: kind).count }

    /// A kind's entries: they lie side by side.
    package func entries(of kind: CellKind) -> Range<Int> {
        let own = rows(of: kind)
        guard let first = own.first, let last = own.last else { return 0..<0 }
        return rows[first].lowerBound..<rows[last].upperBound
    }

    package func row(_ kind: CellKind, edge: Int) -> Range<Int> { rows[rows(of: kind).lowerBound + edge] }
}

extension CellTopology {
    /// Of the papers' space: both kinds of cell have this graph, and every edge chooses from all candidates.
    package var tableShape: EdgeTableShape {
        let widths = Array(repeating: Operation.count, count: edgeCount)
        return EdgeTableShape(candidates: CellKind.allCases.map { _ in widths })
    }
}
