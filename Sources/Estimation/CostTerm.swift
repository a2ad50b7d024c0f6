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
        /// One for each resource, row-major edge by operation.
        let tables: [[Double]]
    }

    package let form: CostForm
    package let edgeCount: Int
    private let pieces: [Piece]

    /// - Parameters:
    ///   - resources: at least one; the mean (log, normalised) or the weighed sum (linear) of them is taken.
    ///   - ratio: weight of the reduction cells against the normal ones.
    package init(_ form: CostForm, of resources: [Resource], in table: CostTable, ratio: Double = 1) {
        precondition(!resources.isEmpty && ratio >= 0)
        self.form = form
        edgeCount = table.edgeCount
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
            pieces = CellKind.allCases.map { kind in
                Piece(
                    kind: kind, weight: share * (kind == .normal ? 1 : ratio) / (1 + ratio),
                    tables: resources.map { resource in
                        Self.normalised(table.totals(kind).map { Double($0[resource]) })
                    })
            }
        }
    }

    /// The official mixture's factors.
    private static func linearFactor(_ resource: Resource) -> Double {
        switch resource {
        case .parameters: 0.43 * 2
        case .flops: 0.43 / 4000
        case .memory: 0.43 / 100
        }
    }

    private static func normalised(_ costs: [Double]) -> [Double] {
        let dearest = stride(from: 0, to: costs.count, by: Operation.count).reduce(0.0) { sum, edge in
            sum + (costs[edge..<edge + Operation.count].max() ?? 0)
        }
        precondition(dearest > 0)
        return costs.map { $0 / dearest }
    }

    /// The cost of every edge and the slopes dC/dZ.
    ///
    /// - Parameter z: normal then reduce, row-major edge by operation; Z, or probabilities in its place.
    /// - Returns: `edges`, normal then reduce, whose sum is C; `slopes` in the order of `z`.
    package func evaluate(_ z: [Double]) -> (edges: [Double], slopes: [Double]) {
        precondition(z.count == 2 * edgeCount * Operation.count)
        var edges = [Double](repeating: 0, count: 2 * edgeCount)
        var slopes = [Double](repeating: 0, count: z.count)
        for piece in pieces {
            for table in piece.tables {
                for edge in 0..<edgeCount {
                    let place = (piece.kind == .normal ? 0 : edgeCount) + edge
                    let rows = (z: place * Operation.count, table: edge * Operation.count)
                    let sum = (0..<Operation.count).reduce(0.0) { $0 + z[rows.z + $1] * table[rows.table + $1] }
                    let factor: Double
                    if form == .log {
                        guard sum >= 1 else { continue }
                        edges[place] += piece.weight * log(sum)
                        factor = piece.weight / sum
                    } else {
                        edges[place] += piece.weight * sum
                        factor = piece.weight
                    }
                    for entry in 0..<Operation.count { slopes[rows.z + entry] += factor * table[rows.table + entry] }
                }
            }
        }
        return (edges, slopes)
    }

    /// For each edge the mean cost of its operations, each chosen alone: what the policy gradient compares with.
    func operationMeans() -> [Double] {
        var sums = [Double](repeating: 0, count: 2 * edgeCount)
        for operation in Operation.candidates {
            var z = [Double](repeating: 0, count: 2 * edgeCount * Operation.count)
            for edge in 0..<2 * edgeCount { z[edge * Operation.count + operation.index] = 1 }
            for (edge, cost) in evaluate(z).edges.enumerated() { sums[edge] += cost / Double(Operation.count) }
        }
        return sums
    }
}
