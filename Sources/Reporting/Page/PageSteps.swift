package import Formats

/// A run's steps as a page draws them: the mean of every so many steps, so that a run of any length has few points.
package struct PageSteps: Sendable, Equatable {
    /// Points that are kept at most; a power of two would do as well as any.
    package static let pointLimit = 2_000

    /// Figures of a step's line of the metrics, by the names that they have there.
    static let columns = ["loss", "accuracy", "seconds", "workers", "learning_rate", "weight_gradient_norm"]

    /// Steps that each point is the mean of; the last one may have fewer.
    package private(set) var stepsPerPoint = 1
    /// Steps that were added.
    package private(set) var count = 0
    /// Steps that were skipped because something was not finite.
    package private(set) var skipped = 0
    /// Steps of an epoch, told by the first step of the newest epoch that begins here; nil before a second one begins.
    package private(set) var perEpoch: Double?
    private var points: [Point] = []
    private var open = Point()
    private var lastEpoch: Int?

    private struct Point: Sendable, Equatable {
        var first = 0
        var steps = 0
        /// Sums, and how many values each has; a step may lack one.
        var sums = [Double](repeating: 0, count: PageSteps.columns.count)
        var counts = [Int](repeating: 0, count: PageSteps.columns.count)

        mutating func merge(_ other: Point) {
            if steps == 0 { first = other.first }
            steps += other.steps
            for column in sums.indices {
                sums[column] += other.sums[column]
                counts[column] += other.counts[column]
            }
        }

        /// To six decimals: enough for every picture.
        func mean(_ column: Int) -> JSONValue {
            guard counts[column] > 0 else { return .null }
            return .number((sums[column] / Double(counts[column]) * 1e6).rounded() / 1e6)
        }
    }

    /// Of no steps yet.
    package init() {}

    /// - Parameter line: of a step, as `metrics.jsonl` has it; one without its number is passed over.
    package mutating func add(_ line: JSONValue) {
        guard let step = line["step"]?.integer, step >= 0 else { return }
        count += 1
        if line["skipped"] == .bool(true) { skipped += 1 }
        note(epoch: line["epoch"]?.integer, at: step)
        var point = Point()
        point.first = step
        point.steps = 1
        for (column, name) in Self.columns.enumerated() {
            guard let value = line[name]?.number, value.isFinite else { continue }
            point.sums[column] = value
            point.counts[column] = 1
        }
        open.merge(point)
        guard open.steps == stepsPerPoint else { return }
        points.append(open)
        open = Point()
        if points.count == Self.pointLimit { halve() }
    }

    private mutating func note(epoch: Int?, at step: Int) {
        if let epoch, let lastEpoch, epoch == lastEpoch + 1, step > 0 { perEpoch = Double(step) / Double(epoch) }
        lastEpoch = epoch ?? lastEpoch
    }

    private mutating func halve() {
        points = stride(from: 0, to: points.count - 1, by: 2).map { place in
            var point = points[place]
            point.merge(points[place + 1])
            return point
        }
        stepsPerPoint *= 2
    }

    /// `every`, and a list for `step` (the first of each point) and for each figure.
    var json: JSONValue {
        let all = open.steps > 0 ? points + [open] : points
        let figures = Self.columns.enumerated().map { column, name in
            JSONValue.Member(name, .array(all.map { $0.mean(column) }))
        }
        return .object(
            [
                .init("every", .integer(stepsPerPoint)), .init("count", .integer(count)),
                .init("skipped", .integer(skipped)), .init("step", .array(all.map { .integer($0.first) })),
            ] + figures)
    }
}
