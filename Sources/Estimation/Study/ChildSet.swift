package import SearchSpace

/// Every child of a table by its number: one candidate on each edge. The last edge's candidate changes fastest.
///
/// With inherited weights no two of them are the same network: each edge has weights of its own.
package struct ChildSet: Sendable {
    /// Edges and their candidates.
    package let shape: EdgeTableShape
    /// The product of all edges' candidates.
    package let count: Int

    /// - Returns: nil where there are more than `limit` children.
    package init?(_ shape: EdgeTableShape, atMost limit: Int) {
        var count = 1
        for row in shape.rows {
            let (product, overflow) = count.multipliedReportingOverflow(by: row.count)
            guard !overflow, product <= limit else { return nil }
            count = product
        }
        self.shape = shape
        self.count = count
    }

    /// The entry that the child has on each edge.
    package func entries(of number: Int) -> [Int] {
        precondition((0..<count).contains(number))
        var rest = number
        var entries = shape.rows.map(\.lowerBound)
        for (edge, row) in shape.rows.enumerated().reversed() {
            entries[edge] += rest % row.count
            rest /= row.count
        }
        return entries
    }

    /// The child that has these entries.
    ///
    /// - Parameter entries: one an edge, as `entries(of:)` gives them.
    package func number(of entries: [Int]) -> Int {
        zip(shape.rows, entries).reduce(0) { number, edge in
            let (row, entry) = edge
            precondition(row.contains(entry))
            return number * row.count + entry - row.lowerBound
        }
    }

    /// One for the child's entries, zero for the others.
    package func chosen(_ number: Int) -> EdgeTable<Double> {
        var table = EdgeTable(shape, repeating: 0.0)
        for entry in entries(of: number) { table.entries[entry] = 1 }
        return table
    }

    /// How often the child is drawn.
    ///
    /// - Parameter probabilities: of each edge's candidates; edges are drawn independently.
    package func probability(of number: Int, _ probabilities: EdgeTable<Double>) -> Double {
        entries(of: number).reduce(1) { $0 * probabilities.entries[$1] }
    }
}

/// The mean of a child's value over all children, and its gradient by alpha: no draw is in it.
package struct ChildExpectation: Sendable, Equatable {
    /// Sum over the children of probability times value.
    package let mean: Double
    /// d mean / dalpha = sum over the children of p(child) value (1[child has it] - p), entry by entry.
    package let gradient: [Double]

    /// - Parameter values: of each child, by number.
    package init(of values: [Double], _ children: ChildSet, alpha: EdgeTable<Float>) {
        precondition(values.count == children.count && alpha.shape == children.shape)
        let probabilities = alpha.probabilities()
        let weights = (0..<children.count).map { children.probability(of: $0, probabilities) }
        let mean = zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 }
        // With the mean taken off first, as a baseline is, the terms with -p add up to nothing and no digits are lost.
        var gradient = [Double](repeating: 0, count: alpha.shape.count)
        for number in 0..<children.count {
            let term = weights[number] * (values[number] - mean)
            for entry in children.entries(of: number) { gradient[entry] += term }
        }
        self.mean = mean
        self.gradient = gradient
    }
}
