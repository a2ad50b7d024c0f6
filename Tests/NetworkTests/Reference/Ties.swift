extension Variable {
    /// Channels in which a value that a ReLU or a max-pool is to see lies so near to a tie that another rounding could choose the
    /// other branch. What is equal exactly (zeros, copies of one value) is no tie: it is equal in Floats too.
    ///
    /// - Parameter pools: whether a max-pool may follow.
    func tiedChannels(margin: Double, pools: Bool = true) -> Set<Int> {
        var tied: Set<Int> = []
        for place in 0..<size.count where values[place] != 0 && abs(values[place]) < margin {
            tied.insert(channel(place))
        }
        guard pools else { return tied }
        size.windows(1) { here, places in
            let largest = places.reduce(-Double.infinity) { max($0, values[$1]) }
            let isTied = places.contains { values[$0] != largest && largest - values[$0] < margin }
            if isTied { tied.insert(channel(here)) }
        }
        return tied
    }

    private func channel(_ place: Int) -> Int { place / size.pixels % size.channels }
}

/// Numbers in 0 ..< 1 of which no two machines differ: products of the golden ratio's share, modulo 1 (Weyl), in integers.
struct WeylSequence {
    private var state: UInt64

    init(_ start: Int) { state = UInt64(truncatingIfNeeded: start) &* 0xD1B5_4A32_D192_ED03 }

    /// The next number between the bounds, as a Float: sums of two such steps, so that neighbours do not follow a line.
    mutating func next(_ bounds: ClosedRange<Double>) -> Float {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        word ^= word >> 31
        let share = Double(word >> 11) / 9_007_199_254_740_992
        return Float(bounds.lowerBound + share * (bounds.upperBound - bounds.lowerBound))
    }
}
