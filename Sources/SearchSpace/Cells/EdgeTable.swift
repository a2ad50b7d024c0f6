#if canImport(Glibc)
    import Glibc
#endif

/// A value for every operation on every edge of every kind of cell: alpha, a sample Z, credits, their gradients and costs are all
/// of this form.
package struct EdgeTable<Entry: Sendable>: Sendable {
    /// Which edge and operation each entry is of.
    package let shape: EdgeTableShape
    /// As they travel and are stepped: kind after kind, row after row.
    package var entries: [Entry] {
        didSet { precondition(entries.count == shape.count) }
    }

    /// - Parameter entries: kind after kind, row after row, as many as the shape has.
    package init(_ shape: EdgeTableShape, _ entries: [Entry]) {
        precondition(entries.count == shape.count)
        self.shape = shape
        self.entries = entries
    }

    /// The same value in every entry.
    package init(_ shape: EdgeTableShape, repeating value: Entry) {
        self.init(shape, [Entry](repeating: value, count: shape.count))
    }

    /// A kind's entries, row after row.
    package subscript(kind: CellKind) -> ArraySlice<Entry> { entries[shape.entries(of: kind)] }

    /// The entry of one operation on one edge, whose number counts from 0 within its kind.
    ///
    /// Precondition: the operation is one of the edge's candidates.
    package subscript(kind: CellKind, edge: Int, operation: Operation) -> Entry {
        get { entries[entry(kind, edge, operation)] }
        set { entries[entry(kind, edge, operation)] = newValue }
    }

    private func entry(_ kind: CellKind, _ edge: Int, _ operation: Operation) -> Int {
        guard let entry = shape.entry(kind, edge: edge, operation) else {
            preconditionFailure("edge \(edge) does not have \(operation.name)")
        }
        return entry
    }

    /// Entry by entry, in the same shape.
    package func map<Other>(_ transform: (Entry) -> Other) -> EdgeTable<Other> {
        EdgeTable<Other>(shape, entries.map(transform))
    }
}

extension EdgeTable: Equatable where Entry: Equatable {}

extension EdgeTable where Entry: Comparable {
    /// Of every row the column of its largest entry; the first of equals.
    package var largestColumns: [Int] {
        shape.rows.map { row in
            row.reduce(row.lowerBound) { entries[$1] > entries[$0] ? $1 : $0 } - row.lowerBound
        }
    }
}

extension EdgeTable<Double> {
    /// softmax of every row.
    package func softmax() -> EdgeTable {
        var values = entries
        for row in shape.rows {
            let top = values[row].max() ?? 0
            var total = 0.0
            for entry in row {
                values[entry] = exp(values[entry] - top)
                total += values[entry]
            }
            for entry in row { values[entry] /= total }
        }
        return EdgeTable(shape, values)
    }

    /// One for the largest entry of every row, the first of equals; zero for the others.
    package func oneHot() -> EdgeTable<Float> {
        var values = [Float](repeating: 0, count: entries.count)
        for (row, column) in zip(shape.rows, largestColumns) { values[row.lowerBound + column] = 1 }
        return EdgeTable<Float>(shape, values)
    }
}
