#if canImport(Glibc)
    import Glibc
#endif

/// What the architecture parameters say: the papers' log alpha, stored and used as logits.
extension EdgeTable<Float> {
    /// softmax(alpha) of each edge, in Double.
    package func probabilities() -> EdgeTable<Double> { map(Double.init).softmax() }

    /// Sum over the edges of the categorical entropy in nats, probabilities floored at 1e-4 in both factors, as in the official
    /// code. Uniform over 14 edges: 14 ln 8 = 29.11; one-hot, by the floor, 14 x 7 x 1e-4 x ln 1e4 = 0.09.
    package func entropy() -> Double { entropies().reduce(0) { $0 + $1.nats } }

    /// The same by kind of cell.
    package func entropies() -> [(kind: CellKind, nats: Double)] {
        let probabilities = probabilities()
        return shape.kinds.map { kind in
            (kind, probabilities[kind].map { max($0, 1e-4) }.reduce(0) { $0 - $1 * log($1) })
        }
    }

    /// The operation that each edge keeps, kind after kind: the most probable, `none` included; the first of equals.
    package func mostProbable() -> [Operation] { zip(shape.candidates, largestColumns).map { $0[$1] } }

    /// The operation that each edge of one kind of cell keeps, `none` included; the first of equals.
    package func mostProbable(_ kind: CellKind) -> [Operation] { Array(mostProbable()[shape.rows(of: kind)]) }

    /// Share of the edges that keep `operation`, of those that could keep another.
    package func share(of operation: Operation) -> Double {
        let edges = zip(mostProbable(), shape.candidates).filter { $0.1 != [.none] }
        return Double(edges.count { $0.0 == operation }) / Double(edges.count)
    }
}
