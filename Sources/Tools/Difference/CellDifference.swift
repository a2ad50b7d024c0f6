import Formats
package import RunStore
package import SearchSpace

/// Edges on which two cells keep different operations.
package struct CellDifference: Sendable, Equatable {
    /// An edge, by the numbers of its nodes: a cell's inputs have the first ones.
    package struct Edge: Sendable, Equatable {
        package let kind: CellKind
        package let from: Int
        package let to: Int
        /// What each cell keeps there; `-` where it keeps no such edge, several where it keeps two of them.
        package let operations: Both<String>
        /// Of the operation that the run itself keeps, and of the one that the other keeps, under the run's own alpha. Nil where they are
        /// not known.
        package let probabilities: Both<Probabilities?>

        /// Of two operations on one edge.
        package struct Probabilities: Sendable, Equatable {
            package let own: Double?
            package let others: Double?

            /// Nil for what is not known, and where a cell keeps two operations or none.
            package init(own: Double?, others: Double?) {
                self.own = own
                self.others = others
            }
        }
    }

    /// By kind, target and source.
    package let edges: [Edge]
    /// Edges that either cell keeps.
    package let count: Int

    /// - Parameters:
    ///   - probabilities: of each run's alpha; nil where it is not known.
    ///   - spaces: what the runs chose from.
    package init(
        _ cells: Both<Genotype>, probabilities: Both<EdgeTable<Double>?> = Both(nil, nil), spaces: Both<SearchSpace>
    ) {
        var edges: [Edge] = []
        var count = 0
        for kind in CellKind.allCases {
            let kept = cells.map { Self.operations(of: $0, kind) }
            let places = Set(kept.first.keys).union(kept.second.keys).sorted { ($0.to, $0.from) < ($1.to, $1.from) }
            count += places.count
            for place in places {
                let (own, other) = (kept.first[place] ?? [], kept.second[place] ?? [])
                guard own != other else { continue }
                func known(
                    _ table: EdgeTable<Double>?, _ space: SearchSpace, _ own: [Operation], _ others: [Operation]
                ) -> Edge.Probabilities? {
                    guard let table else { return nil }
                    func probability(_ operations: [Operation]) -> Double? {
                        operations.count == 1 ? table.value(kind, place.from, place.to, operations[0], in: space) : nil
                    }
                    return Edge.Probabilities(own: probability(own), others: probability(others))
                }
                edges.append(
                    Edge(
                        kind: kind, from: place.from, to: place.to,
                        operations: Both(Self.text(own), Self.text(other)),
                        probabilities: Both(
                            known(probabilities.first, spaces.first, own, other),
                            known(probabilities.second, spaces.second, other, own))))
            }
        }
        self.edges = edges
        self.count = count
    }

    private struct Place: Hashable {
        let from: Int
        let to: Int
    }

    private static func operations(of cell: Genotype, _ kind: CellKind) -> [Place: [Operation]] {
        Dictionary(grouping: cell[kind]) { Place(from: $0.from, to: $0.to) }.mapValues { $0.map(\.operation) }
    }

    private static func text(_ operations: [Operation]) -> String {
        operations.isEmpty ? "-" : operations.map(\.name).joined(separator: " and ")
    }

    /// Head and a row each, for a table.
    var table: [[String]] {
        guard !edges.isEmpty else { return [] }
        return [["", "cell", "edge", "first", "its probability", "second", "its probability"]]
            + edges.map { edge in
                let told = edge.probabilities.map(Self.text)
                return [
                    "", "\(edge.kind)", "\(edge.from) -> \(edge.to)", edge.operations.first, told.first,
                    edge.operations.second, told.second,
                ]
            }
    }

    private static func text(_ known: Edge.Probabilities?) -> String {
        guard let own = known?.own else { return "-" }
        let others = known?.others.map { " (the other's there \(short($0)))" } ?? ""
        return short(own) + others
    }

    private static func short(_ probability: Double) -> String { "\((probability * 1e4).rounded() / 1e4)" }

    var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }
        return .array(
            edges.map { edge in
                .object([
                    "kind": .string("\(edge.kind)"), "from": .integer(edge.from), "to": .integer(edge.to),
                    "operations": edge.operations.json(JSONValue.string),
                    "probabilities": edge.probabilities.json {
                        .object(["own": number($0?.own), "others": number($0?.others)])
                    },
                ])
            })
    }
}

extension EdgeTable<Double> {
    /// The entry of an operation on the edge between two nodes; nil where the space has neither.
    fileprivate func value(
        _ kind: CellKind, _ from: Int, _ to: Int, _ operation: Operation, in space: SearchSpace
    ) -> Double? {
        guard shape == space.shape, shape.kinds.contains(kind),
            let edge = space.topology(kind).edges.first(where: { $0.from == from && $0.to == to }),
            let entry = shape.entry(kind, edge: edge.index, operation)
        else { return nil }
        return entries[entry]
    }
}
