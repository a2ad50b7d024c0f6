#if canImport(Glibc)
    import Glibc
#endif

/// The architecture parameters of one kind of cell: the paper's log alpha, stored and used as logits.
package struct AlphaTable: Sendable, Equatable {
    package let edgeCount: Int
    /// Row-major, edge by operation.
    package var values: [Float]

    package init(edgeCount: Int, values: [Float]) {
        precondition(values.count == edgeCount * Operation.count)
        self.edgeCount = edgeCount
        self.values = values
    }

    package subscript(edge: Int, operation: Operation) -> Float {
        get { values[edge * Operation.count + operation.index] }
        set { values[edge * Operation.count + operation.index] = newValue }
    }

    /// softmax(alpha) of each edge, row-major, in Double.
    package func probabilities() -> [Double] {
        var all: [Double] = []
        all.reserveCapacity(values.count)
        for edge in 0..<edgeCount {
            let row = values[edge * Operation.count..<(edge + 1) * Operation.count].map(Double.init)
            let top = row.max() ?? 0
            let powers = row.map { exp($0 - top) }
            let total = powers.reduce(0, +)
            all += powers.map { $0 / total }
        }
        return all
    }

    /// Sum over the edges of the categorical entropy in nats, probabilities floored at 1e-4 in both factors, as in the official
    /// code. Uniform over 14 edges: 14 ln 8 = 29.11; one-hot, by the floor, 14 x 7 x 1e-4 x ln 1e4 = 0.09.
    package func entropy() -> Double {
        probabilities().map { max($0, 1e-4) }.reduce(0) { $0 - $1 * log($1) }
    }

    /// The operation that each edge keeps: the most probable, `none` included; the first of equals.
    package func mostProbable() -> [Operation] {
        (0..<edgeCount).map { edge in
            Operation.candidates.reduce(Operation.none) { self[edge, $1] > self[edge, $0] ? $1 : $0 }
        }
    }

    /// Share of the edges that keep `operation`.
    package func share(of operation: Operation) -> Double {
        Double(mostProbable().count { $0 == operation }) / Double(edgeCount)
    }
}

/// Both alpha tables.
package struct Alpha: Sendable, Equatable {
    package var normal: AlphaTable
    package var reduce: AlphaTable

    package init(normal: AlphaTable, reduce: AlphaTable) {
        precondition(normal.edgeCount == reduce.edgeCount)
        self.normal = normal
        self.reduce = reduce
    }

    /// - Parameter flat: normal then reduce, each row-major edge by operation.
    package init(flat: [Float], edgeCount: Int) {
        let half = edgeCount * Operation.count
        precondition(flat.count == 2 * half)
        self.init(
            normal: AlphaTable(edgeCount: edgeCount, values: Array(flat[..<half])),
            reduce: AlphaTable(edgeCount: edgeCount, values: Array(flat[half...])))
    }

    package var flat: [Float] { normal.values + reduce.values }

    package var entropy: Double { normal.entropy() + reduce.entropy() }

    package subscript(kind: CellKind) -> AlphaTable { kind == .normal ? normal : reduce }

    /// Share of all edges of both tables that keep `operation`.
    package func share(of operation: Operation) -> Double {
        (normal.share(of: operation) + reduce.share(of: operation)) / 2
    }
}

/// The weight of every operation on every edge in one pass: a sample Z, or one-hot for a derived network.
package struct Mixture: Sendable, Equatable {
    /// Row-major edge by operation.
    package var normal: [Float]
    package var reduce: [Float]

    package init(normal: [Float], reduce: [Float]) {
        precondition(normal.count == reduce.count)
        self.normal = normal
        self.reduce = reduce
    }

    package init(flat: [Float], edgeCount: Int) {
        let half = edgeCount * Operation.count
        precondition(flat.count == 2 * half)
        self.init(normal: Array(flat[..<half]), reduce: Array(flat[half...]))
    }

    package var flat: [Float] { normal + reduce }

    package subscript(kind: CellKind) -> [Float] { kind == .normal ? normal : reduce }
}
