#if canImport(Glibc)
    import Glibc
#endif
package import SearchSpace

/// C(Z), the cost of a sample: a sum over edges, so that credit is per edge (SNAS 2.4). Three forms, each
/// over one resource or several:
///
/// - **linear**, per edge 0.43 (2 size + multiply-adds / 4000 + memory access / 100) of all resources, and the bare number of a
///   single one (the official `--separation size|flops|mac`), and per edge
/// - **log**, the mean of the resources' ln(sum_k Z_k cost_k), where what is below 1 counts as 1 and has no gradient: both are
///   the official code's, the mean over the normal cells plus `ratio` times the mean over the reduction cells. It divides by
///   6 and 2 whatever the network is; we divide by the cells there are.
/// - **normalised**: for each kind of cell and each resource the cost over all cells of the kind, divided by what it would be
///   with the dearest operation on every edge; the mean over the resources; and (normal + ratio reduce) / (1 + ratio). So
///   C lies in 0...1, has no unit, and does not grow with channels, cells or image: a coefficient means the same everywhere.
///   Within a kind the entries keep their proportions, but for the k x k part of a convolution, which weighs less the more
///   channels there are.
package struct CostTerm: Sendable, Equatable {
    /// One group of cells: the value of its edges' sums adds up with `weight`.
    private struct Piece: Sendable, Equatable {
        let kind: CellKind
        let weight: Double
        /// One for each resource, by entry of the kind's rows.
        let tables: [[Double]]
    }

    /// Which of the three formulas the term follows.
    package let form: CostForm
    private let shape: EdgeTableShape
    private let pieces: [Piece]

    /// - Parameters:
    ///   - resources: at least one; the mean (log, normalised) or the weighed sum (linear) of them is taken.
    ///   - ratio: weight of the reduction cells against the normal ones.
    package init(_ form: CostForm, of resources: [Resource], in table: CostTable, ratio: Double = 1) {
        precondition(!resources.isEmpty && ratio >= 0)
        self.form = form
        shape = table.shape
        let share = 1 / Double(resources.count)
        switch form {
        case .linear, .log:
            pieces = table.groups.map { group in
                let kindWeight = group.kind == .normal ? 1 : ratio
                let cells = Double(group.cellCount) / Double(table.cellCount(group.kind))
                return Piece(
                    kind: group.kind, weight: kindWeight * cells * (form == .log ? share : 1),
                    tables: resources.map { resource in
                        let factor = form == .log || resources.count == 1 ? 1 : Self.linearFactor(resource)
                        return group.costs.map { factor * Double($0[resource]) }
                    })
            }
        case .normalised:
            let totals = table.totals
            pieces = table.shape.kinds.map { kind in
                Piece(
                    kind: kind, weight: share * (kind == .normal ? 1 : ratio) / (1 + ratio),
                    tables: resources.map { resource in
                        Self.normalised(totals[kind].map { Double($0[resource]) }, kind, table.shape)
                    })
            }
        case .product, .sum: preconditionFailure("a cost of the whole network is none of its edges' (LogarithmicCost)")
        }
    }

    /// The official mixture's factors.
    private static func linearFactor(_ resource: Resource) -> Double {
        switch resource {
        case .parameters: 0.43 * 2
        case .flops: 0.43 / 4000
        case .memory: 0.43 / 100
        case .latency: preconditionFailure("the official mixture has what is counted alone")
        }
    }

    private static func normalised(_ costs: [Double], _ kind: CellKind, _ shape: EdgeTableShape) -> [Double] {
        let first = shape.entries(of: kind).lowerBound
        let dearest = shape.rows[shape.rows(of: kind)].reduce(0.0) { sum, row in
            sum + (costs[row.lowerBound - first..<row.upperBound - first].max() ?? 0)
        }
        // Where nothing costs anything, nothing is dear.
        return dearest > 0 ? costs.map { $0 / dearest } : costs
    }

    /// The cost of every edge and the slopes dC/dZ.
    ///
    /// - Parameter z: Z, or probabilities in its place.
    /// - Returns: `edges`, one a row, whose sum is C; `slopes` by entry.
    package func evaluate(_ z: EdgeTable<Double>) -> (edges: [Double], slopes: EdgeTable<Double>) {
        precondition(z.shape == shape)
        var edges = [Double](repeating: 0, count: shape.rows.count)
        var slopes = EdgeTable(shape, repeating: 0.0)
        for piece in pieces {
            let first = shape.entries(of: piece.kind).lowerBound
            for table in piece.tables {
                for place in shape.rows(of: piece.kind) {
                    let row = shape.rows[place]
                    let sum = row.reduce(0.0) { $0 + z.entries[$1] * table[$1 - first] }
                    let factor: Double
                    if form == .log {
                        guard sum >= 1 else { continue }
                        edges[place] += piece.weight * log(sum)
                        factor = piece.weight / sum
                    } else {
                        edges[place] += piece.weight * sum
                        factor = piece.weight
                    }
                    for entry in row { slopes.entries[entry] += factor * table[entry - first] }
                }
            }
        }
        return (edges, slopes)
    }

    /// For each edge the mean cost of its operations, each chosen alone: what the policy gradient compares with.
    func operationMeans() -> [Double] {
        var sums = [Double](repeating: 0, count: shape.rows.count)
        for column in 0..<(shape.rows.map(\.count).max() ?? 0) {
            var z = EdgeTable(shape, repeating: 0.0)
            for row in shape.rows where column < row.count { z.entries[row.lowerBound + column] = 1 }
            for (cost, (edge, row)) in zip(evaluate(z).edges, shape.rows.enumerated()) where column < row.count {
                sums[edge] += cost / Double(row.count)
            }
        }
        return sums
    }
}
