extension CoreModel.Shard {
    /// The parts of a shard that explain best (by least squares) what it took so many threads. What threads wait for each other is told
    /// apart from three numbers of threads on; from two it counts as not shared, and from one all does.
    ///
    /// - Parameters:
    ///   - times: seconds by the number of threads, of which 1 is one.
    ///   - parts: of the shard.
    package init(fitting times: [(threads: Int, seconds: Double)], parts: Int) {
        let samples = times.map { time in
            Sample(
                shared: Self(shared: 1, unshared: 0, meeting: 0).seconds(threads: time.threads, parts: parts),
                meeting: Self(shared: 0, unshared: 0, meeting: 1).seconds(threads: time.threads, parts: parts),
                seconds: time.seconds)
        }
        if times.count > 2, let fit = Self.fit(samples, [\.shared, \.one, \.meeting]), fit.allSatisfy({ $0 >= 0 }) {
            self.init(shared: fit[0], unshared: fit[1], meeting: fit[2])
            return
        }
        // Nothing takes less than no time: what would is left out, and the rest explained anew.
        switch Self.fit(samples, [\.shared, \.one]) {
        case let fit? where fit[0] >= 0 && fit[1] >= 0: self.init(shared: fit[0], unshared: fit[1], meeting: 0)
        case let fit? where fit[0] >= 0:
            self.init(shared: Self.fit(samples, [\.shared])?[0] ?? 0, unshared: 0, meeting: 0)
        default: self.init(shared: 0, unshared: Self.fit(samples, [\.one])?[0] ?? 0, meeting: 0)
        }
    }

    private struct Sample {
        let shared: Double
        let one = 1.0
        let meeting: Double
        let seconds: Double
    }

    /// The normal equations of as many unknowns as `terms`, by elimination; nil where they do not determine them.
    private static func fit(_ samples: [Sample], _ terms: [KeyPath<Sample, Double>]) -> [Double]? {
        var rows = terms.map { left in
            terms.map { right in samples.reduce(0) { $0 + $1[keyPath: left] * $1[keyPath: right] } }
                + [samples.reduce(0) { $0 + $1[keyPath: left] * $1.seconds }]
        }
        for column in terms.indices {
            guard let pivot = (column..<rows.count).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }),
                abs(rows[pivot][column]) > 1e-9
            else { return nil }
            rows.swapAt(column, pivot)
            for row in rows.indices where row != column {
                let factor = rows[row][column] / rows[column][column]
                for place in rows[row].indices { rows[row][place] -= factor * rows[column][place] }
            }
        }
        return terms.indices.map { rows[$0][terms.count] / rows[$0][$0] }
    }
}
