/// How a flat vector is cut into numbered parts, each of any number of runs of entries. A shard that leaves an operation out leaves
/// its part out: weights' gradients and statistics at many places of the vector.
///
/// The parts from 0 on may be left out; the last one has what is always there.
package struct VectorParts: Sendable, Equatable {
    /// Entries side by side that belong to one part.
    struct Run: Sendable, Equatable {
        let part: Int
        let range: Range<Int>
    }

    /// The last one's entries are always there.
    package let partCount: Int
    /// In the vector's order, without a gap; neighbours are of different parts.
    private(set) var runs: [Run] = []
    /// By part.
    private var sizes: [Int]

    /// - Parameters:
    ///   - optionalParts: parts that may be left out.
    ///   - stretches: entries side by side, in the vector's order; of no part: they are always there.
    package init(optionalParts: Int, _ stretches: [(entries: Int, part: Int?)]) {
        partCount = optionalParts + 1
        sizes = Array(repeating: 0, count: partCount)
        for stretch in stretches { append(stretch.entries, of: stretch.part ?? optionalParts) }
    }

    private mutating func append(_ entries: Int, of part: Int) {
        precondition(entries >= 0 && part < partCount)
        if entries == 0 { return }
        sizes[part] += entries
        let range = count..<count + entries
        if let last = runs.last, last.part == part {
            runs[runs.count - 1] = Run(part: part, range: last.range.lowerBound..<range.upperBound)
        } else {
            runs.append(Run(part: part, range: range))
        }
    }

    /// Entries of the whole vector.
    package var count: Int { runs.last?.range.upperBound ?? 0 }

    /// These parts and what is always there.
    package func set(of parts: some Sequence<Int>) -> PartSet {
        var set = PartSet(of: partCount)
        set.insert(partCount - 1)
        for part in parts { set.insert(part) }
        return set
    }

    /// Entries of these parts together.
    package func count(of parts: PartSet) -> Int {
        precondition(parts.partCount == partCount)
        return sizes.indices.reduce(0) { $0 + (parts.contains($1) ? sizes[$1] : 0) }
    }

    /// Where the runs of these parts lie in the whole vector, and where each begins when they lie side by side.
    package func places(of parts: PartSet) -> [(range: Range<Int>, start: Int)] {
        precondition(parts.partCount == partCount)
        var start = 0
        var places: [(range: Range<Int>, start: Int)] = []
        for run in runs where parts.contains(run.part) {
            places.append((run.range, start))
            start += run.range.count
        }
        return places
    }

    /// The place in the whole vector of an entry of these parts when they lie side by side; nil beyond their last.
    package func place(ofEntry entry: Int, of parts: PartSet) -> Int? {
        let place = places(of: parts).last { $0.start <= entry }
        return place.flatMap { entry - $0.start < $0.range.count ? $0.range.lowerBound + entry - $0.start : nil }
    }

    /// The parts of a section of the vector, which begins at 0 there.
    func sliced(_ section: Range<Int>) -> VectorParts {
        var slice = VectorParts(optionalParts: partCount - 1, [])
        for run in runs { slice.append(run.range.clamped(to: section).count, of: run.part) }
        return slice
    }
}
