import SearchSpace
import Testing

/// The rule of DARTS: two edges a node, each with its best operation, `none` in neither choice.
@Suite
struct StrongestEdgesTests {
    private static let topology = CellTopology()

    /// What each edge of a kind keeps, by the mixture's ones.
    private func kept(_ mixture: [Float]) -> [Operation] {
        stride(from: 0, to: mixture.count, by: Operation.count).map { row in
            #expect(mixture[row..<row + Operation.count].reduce(0, +) == 1)
            let column = (0..<Operation.count).first { mixture[row + $0] == 1 } ?? 0
            return Operation(rawValue: UInt8(column)) ?? .none
        }
    }

    private func alpha(_ change: (inout AlphaTable) -> Void) -> Alpha {
        var alpha = Alpha(flat: [Float](repeating: 0, count: 2 * 14 * Operation.count), edgeCount: 14)
        change(&alpha.normal)
        return alpha
    }

    @Test("Every node keeps its two strongest edges, each with its strongest operation, in whichever place they stand")
    func strongest() {
        let mixture = alpha { table in
            table[3, .sepConv3x3] = 2
            table[4, .skipConnect] = 1
            table[8, .dilConv5x5] = 3
            table[6, .avgPool3x3] = 1.5
            table[9, .sepConv5x5] = 1
            table[13, .sepConv5x5] = 4
        }.strongestEdges(Self.topology)
        var expected = [Operation](repeating: .none, count: 14)
        // Node 2 has no more than its two edges; of equal operations the first that is not `none` is kept.
        (expected[0], expected[1]) = (.maxPool3x3, .maxPool3x3)
        (expected[3], expected[4]) = (.sepConv3x3, .skipConnect)
        (expected[6], expected[8]) = (.avgPool3x3, .dilConv5x5)
        (expected[9], expected[13]) = (.sepConv5x5, .sepConv5x5)
        #expect(kept(mixture.normal) == expected)
        // Equal edges: those of lower index.
        #expect(kept(mixture.reduce) == (0..<14).map { [0, 1, 2, 3, 5, 6, 9, 10].contains($0) ? .maxPool3x3 : .none })
    }

    @Test("A likely `none` is never kept, but it weakens its edge")
    func likelyNone() {
        let mixture = alpha { table in
            // Into node 3 come edges 2, 3 and 4: the largest alpha has the lowest probability.
            table[2, .none] = 5
            table[2, .sepConv3x3] = 3
            table[3, .sepConv5x5] = 1
            table[4, .dilConv3x3] = 1.1
        }.strongestEdges(Self.topology)
        #expect(kept(mixture.normal)[2...4] == [.none, .sepConv5x5, .dilConv3x3])
    }
}
