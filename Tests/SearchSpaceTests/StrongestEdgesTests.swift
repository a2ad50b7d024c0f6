import SearchSpace
import Testing

/// The rule of DARTS: two edges a node, each with its best operation, `none` in neither choice.
@Suite
struct StrongestEdgesTests {
    private static let space = SearchSpace.darts()

    /// What each edge of a kind keeps, by the mixture's ones.
    private func kept(_ mixture: EdgeTable<Float>, _ kind: CellKind) -> [Operation] {
        mixture.shape.rows(of: kind).map { row in
            let own = Array(mixture.entries[mixture.shape.rows[row]])
            #expect(own.reduce(0, +) == 1)
            return Operation.papers[own.firstIndex(of: 1) ?? 0]
        }
    }

    private func alpha(_ change: (inout EdgeTable<Float>) -> Void) -> EdgeTable<Float> {
        var alpha = EdgeTable<Float>(Self.space.shape, repeating: 0)
        change(&alpha)
        return alpha
    }

    @Test("Every node keeps its two strongest edges, each with its strongest operation, in whichever place they stand")
    func strongest() {
        let mixture = alpha { table in
            table[.normal, 3, .sepConv3x3] = 2
            table[.normal, 4, .skipConnect] = 1
            table[.normal, 8, .dilConv5x5] = 3
            table[.normal, 6, .avgPool3x3] = 1.5
            table[.normal, 9, .sepConv5x5] = 1
            table[.normal, 13, .sepConv5x5] = 4
        }.strongestEdges(in: Self.space)
        var expected = [Operation](repeating: .none, count: 14)
        // Node 2 has no more than its two edges; of equal operations the first that is not `none` is kept.
        (expected[0], expected[1]) = (.maxPool3x3, .maxPool3x3)
        (expected[3], expected[4]) = (.sepConv3x3, .skipConnect)
        (expected[6], expected[8]) = (.avgPool3x3, .dilConv5x5)
        (expected[9], expected[13]) = (.sepConv5x5, .sepConv5x5)
        #expect(kept(mixture, .normal) == expected)
        // Equal edges: those of lower index.
        #expect(
            kept(mixture, .reduce) == (0..<14).map { [0, 1, 2, 3, 5, 6, 9, 10].contains($0) ? .maxPool3x3 : .none })
    }

    @Test("A likely `none` is never kept, but it weakens its edge")
    func likelyNone() {
        let mixture = alpha { table in
            // Into node 3 come edges 2, 3 and 4: the largest alpha has the lowest probability.
            table[.normal, 2, .none] = 5
            table[.normal, 2, .sepConv3x3] = 3
            table[.normal, 3, .sepConv5x5] = 1
            table[.normal, 4, .dilConv3x3] = 1.1
        }.strongestEdges(in: Self.space)
        #expect(kept(mixture, .normal)[2...4] == [.none, .sepConv5x5, .dilConv3x3])
    }
}
