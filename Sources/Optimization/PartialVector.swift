/// Some parts of a vector, side by side in the vector's order; what is not there is 0.
package struct PartialVector: Sendable, Equatable {
    /// How the whole vector is cut.
    package let whole: VectorParts
    /// Which of its parts are here.
    package let parts: PartSet
    /// Their entries.
    package let floats: [Float]

    /// Precondition: as many floats as the parts have entries.
    package init(_ floats: [Float], of parts: PartSet, in whole: VectorParts) {
        precondition(floats.count == whole.count(of: parts))
        self.whole = whole
        self.parts = parts
        self.floats = floats
    }

    /// The whole vector, with zeros for the parts that are not here.
    package var array: [Float] {
        var array = [Float](repeating: 0, count: whole.count)
        for (range, start) in whole.places(of: parts) {
            array.replaceSubrange(range, with: floats[start..<start + range.count])
        }
        return array
    }

    /// The same parts of a section of the vector, which begins at 0 there.
    package func sliced(_ section: Range<Int>) -> PartialVector {
        var kept: [Float] = []
        for (range, start) in whole.places(of: parts) {
            let own = range.clamped(to: section)
            let first = start + own.lowerBound - range.lowerBound
            if !own.isEmpty { kept += floats[first..<first + own.count] }
        }
        return PartialVector(kept, of: parts, in: whole.sliced(section))
    }
}

extension PartialVector {
    /// Left + right: the parts of either, with the bits that the sum of both whole vectors has.
    ///
    /// A part that is here once is added to 0 all the same: of -0 that makes 0, as it does in a whole vector.
    static func sum(_ left: PartialVector, _ right: PartialVector) -> PartialVector {
        precondition(left.whole == right.whole)
        var parts = left.parts
        parts.formUnion(right.parts)
        let count = left.whole.count(of: parts)
        let floats = [Float](unsafeUninitializedCapacity: count) { sum, filled in
            left.floats.withUnsafeBufferPointer { own in
                right.floats.withUnsafeBufferPointer { other in
                    add(left, own, right, other, to: sum)
                }
            }
            filled = count
        }
        return PartialVector(floats, of: parts, in: left.whole)
    }

    private static func add(
        _ left: PartialVector, _ leftFloats: UnsafeBufferPointer<Float>, _ right: PartialVector,
        _ rightFloats: UnsafeBufferPointer<Float>, to sum: UnsafeMutableBufferPointer<Float>
    ) {
        var (place, leftPlace, rightPlace) = (0, 0, 0)
        for run in left.whole.runs {
            let count = run.range.count
            let (isLeft, isRight) = (left.parts.contains(run.part), right.parts.contains(run.part))
            if !isLeft, !isRight { continue }
            let target = UnsafeMutableBufferPointer(rebasing: sum[place..<place + count])
            if isLeft, isRight {
                let own = UnsafeBufferPointer(rebasing: leftFloats[leftPlace..<leftPlace + count])
                let other = UnsafeBufferPointer(rebasing: rightFloats[rightPlace..<rightPlace + count])
                for entry in 0..<count { target[entry] = own[entry] + other[entry] }
            } else {
                let only = UnsafeBufferPointer(
                    rebasing: isLeft
                        ? leftFloats[leftPlace..<leftPlace + count] : rightFloats[rightPlace..<rightPlace + count])
                for entry in 0..<count { target[entry] = only[entry] + 0 }
            }
            place += count
            if isLeft { leftPlace += count }
            if isRight { rightPlace += count }
        }
    }
}

/// What is added to a round's sum: a whole vector, or some parts of one.
package enum Addend: Sendable, Equatable {
    case whole([Float])
    case partial(PartialVector)

    /// What there is of it, in the vector's order.
    package var floats: [Float] {
        switch self {
        case .whole(let floats): floats
        case .partial(let vector): vector.floats
        }
    }

    /// Which parts there are; nil of a whole vector.
    package var parts: PartSet? {
        switch self {
        case .whole: nil
        case .partial(let vector): vector.parts
        }
    }

    /// A section of the whole vector, which begins at 0 there.
    package func section(_ range: some RangeExpression<Int>) -> Addend {
        switch self {
        case .whole(let floats): .whole(Array(floats[range]))
        case .partial(let vector): .partial(vector.sliced(range.relative(to: 0..<vector.whole.count)))
        }
    }

    /// The whole vector, with zeros for what is not there.
    package var array: [Float] {
        switch self {
        case .whole(let floats): floats
        case .partial(let vector): vector.array
        }
    }

    /// The place in the whole vector of the first entry that is infinite or not a number; nil where there is none.
    package var firstNonFinite: Int? {
        switch self {
        case .whole(let floats): VectorSum.firstNonFinite(floats)
        case .partial(let vector):
            VectorSum.firstNonFinite(vector.floats).flatMap { vector.whole.place(ofEntry: $0, of: vector.parts) }
        }
    }
}
