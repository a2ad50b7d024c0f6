/// The sum of alpha over the steps that the cell is derived from the mean of. It feeds no step.
package struct AlphaMean: Sendable, Equatable {
    package internal(set) var steps = 0
    /// In Double, by alpha's entries; empty before the first step that counts.
    package internal(set) var sum: [Double] = []

    mutating func add(_ alpha: [Float]) {
        if steps == 0 { sum = [Double](repeating: 0, count: alpha.count) }
        steps += 1
        for (entry, value) in alpha.enumerated() { sum[entry] += Double(value) }
    }

    /// Nil before the first step that counts.
    var values: [Float]? { steps == 0 ? nil : sum.map { Float($0 / Double(steps)) } }
}
