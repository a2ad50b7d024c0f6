import Formats
import Reporting
package import SearchSpace

#if canImport(Glibc)
    import Glibc
#endif

/// How much of a found cell is the seed: what searches that differ in nothing else have in common.
package struct SeedAgreement: Sendable, Equatable {
    /// What the seeds keep on one edge.
    package struct Edge: Sendable, Equatable {
        /// The cell that the edge is in.
        package let kind: CellKind
        /// The node it begins at; the cell's inputs come first, from 0.
        package let from: Int
        /// The node it ends at, in the same numbers.
        package let to: Int
        /// The most probable operation, seed by seed.
        package let operations: [Operation]
        /// The share of all pairs of seeds that have the same one.
        package let agreement: Double
    }

    /// Of the normal cell, then of the reduction.
    package let edges: [Edge]
    /// Mean of the edges' agreements.
    package let mean: Double
    /// What it would be of cells drawn at random: one in eight where every edge has eight candidates.
    package let luck: Double
    /// The same of pairs of edges that are not the same one: what comes of some operations being kept more often than others.
    /// Nil for cells of one edge.
    package let meanOfOtherEdges: Double?
    /// Pearson's correlation of two seeds' alphas, each row less its mean, averaged over the pairs; nil where an alpha is flat.
    package let alphaCorrelation: Double?

    /// - Parameter alphas: what the cells are derived from, a seed each, of one space.
    /// - Returns: nil for fewer than two seeds.
    package init?(_ alphas: [EdgeTable<Float>], in space: SearchSpace) {
        guard alphas.count >= 2 else { return nil }
        precondition(alphas.allSatisfy { $0.shape == space.shape })
        let choices = alphas.map { $0.mostProbable() }
        let pairs = alphas.indices.flatMap { first in (first + 1..<alphas.count).map { (first, $0) } }
        let shape = space.shape
        edges = space.kinds.flatMap { kind in
            space.topology(kind).edges.map { edge in
                let place = shape.rows(of: kind).lowerBound + edge.index
                let alike = pairs.count { choices[$0][place] == choices[$1][place] }
                return Edge(
                    kind: kind, from: edge.from, to: edge.to, operations: choices.map { $0[place] },
                    agreement: Double(alike) / Double(pairs.count))
            }
        }
        luck = shape.rows.reduce(0) { $0 + 1 / Double($1.count) } / Double(shape.rows.count)
        mean = edges.map(\.agreement).reduce(0, +) / Double(edges.count)
        meanOfOtherEdges = Self.agreementOfOtherEdges(choices, pairs)
        let correlations = pairs.map { Self.correlation(alphas[$0], alphas[$1]) }
        let known = correlations.compactMap { $0 }
        alphaCorrelation =
            known.count == correlations.count ? known.reduce(0, +) / Double(known.count) : nil
    }

    private static func agreementOfOtherEdges(_ choices: [[Operation]], _ pairs: [(Int, Int)]) -> Double? {
        let count = choices[0].count
        guard count > 1 else { return nil }
        var alike = 0
        for (first, second) in pairs {
            for own in 0..<count {
                for other in 0..<count where other != own && choices[first][own] == choices[second][other] {
                    alike += 1
                }
            }
        }
        return Double(alike) / Double(pairs.count * count * (count - 1))
    }

    /// Alpha is a table of logits: what is added to a whole row changes nothing.
    private static func correlation(_ first: EdgeTable<Float>, _ second: EdgeTable<Float>) -> Double? {
        let (left, right) = (centred(first), centred(second))
        let product = zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
        let norms = left.reduce(0) { $0 + $1 * $1 } * right.reduce(0) { $0 + $1 * $1 }
        return norms > 0 ? product / sqrt(norms) : nil
    }

    private static func centred(_ alpha: EdgeTable<Float>) -> [Double] {
        let values = alpha.entries.map(Double.init)
        return alpha.shape.rows.flatMap { row in
            let mean = values[row].reduce(0, +) / Double(row.count)
            return values[row].map { $0 - mean }
        }
    }
}

/// As words and as JSON.
extension SeedAgreement {
    var text: String {
        let popularity = meanOfOtherEdges.map { "; between different edges \(Decimal.text($0, 2))" } ?? ""
        let correlation = alphaCorrelation.map { Decimal.text($0, 2) } ?? "unknown"
        var lines = [
            "how much of the cell is not the seed: two seeds keep the same operation on \(Decimal.text(mean, 2)) of the edges "
                + "(luck is \(Decimal.text(luck, 2))\(popularity)); alphas correlate by \(correlation)"
        ]
        for kind in CellKind.allCases where edges.contains(where: { $0.kind == kind }) {
            let own = edges.filter { $0.kind == kind }
            lines.append(
                "  \(kind), edge by edge: "
                    + own.map { "\($0.from)-\($0.to) \(Decimal.text($0.agreement, 2))" }.joined(separator: ", "))
        }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        return .object([
            "mean": .number(mean), "mean_of_other_edges": number(meanOfOtherEdges),
            "alpha_correlation": number(alphaCorrelation),
            "edges": .array(
                edges.map { edge in
                    .object([
                        "cell": .string("\(edge.kind)"), "from": .integer(edge.from), "to": .integer(edge.to),
                        "agreement": .number(edge.agreement),
                        "operations": .array(edge.operations.map { .string($0.name) }),
                    ])
                }),
        ])
    }
}
