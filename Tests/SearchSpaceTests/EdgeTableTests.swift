import SearchSpace
import Testing

/// The one form of alpha, Z, credits and costs, where edges have as many candidates as each other and where not.
@Suite
struct EdgeTableTests {
    /// Two edges of the normal cell, one of the reduction, with 2, 3 and 8 candidates.
    private static let shape = EdgeTableShape(candidates: [
        [Array(Operation.papers.prefix(2)), Array(Operation.papers.prefix(3))], [Operation.papers],
    ])

    @Test("Rows stand kind after kind, as wide as their edges have candidates")
    func rows() {
        #expect(Self.shape.rows == [0..<2, 2..<5, 5..<13] && Self.shape.count == 13)
        #expect(Self.shape.rows(of: .normal) == 0..<2 && Self.shape.rows(of: .reduce) == 2..<3)
        #expect(Self.shape.entries(of: .normal) == 0..<5 && Self.shape.entries(of: .reduce) == 5..<13)
        #expect(Self.shape.row(.normal, edge: 1) == 2..<5 && Self.shape.row(.reduce, edge: 0) == 5..<13)
        #expect(Self.shape.edgeCount(of: .normal) == 2 && Self.shape.edgeCount(of: .reduce) == 1)
        #expect(EdgeTableShape.empty.count == 0 && EdgeTableShape.empty.entries(of: .reduce).isEmpty)
        let papers = SearchSpace.darts().shape
        #expect(papers.count == 224 && papers.rows.count == 28 && papers.rows.allSatisfy { $0.count == 8 })
    }

    @Test("softmax is each row's own: 1/(1 + e) of two, a third each of three equal ones, far logits without overflow")
    func softmax() {
        let logits: [Double] = [0, 1, 7, 7, 7, 1000, 0, 0, 0, 0, 0, 0, 0]
        let values = EdgeTable(Self.shape, logits).softmax()
        #expect(abs(values[.normal, 0, .none] - 1 / (1 + 2.718281828459045)) < 1e-15)
        for entry in 2..<5 { #expect(abs(values.entries[entry] - 1 / 3.0) < 1e-15) }
        #expect(values[.reduce].first == 1 && values[.reduce].dropFirst().allSatisfy { $0 == 0 })
        #expect(EdgeTable(Self.shape, logits).oneHot().entries == [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test("An entry is written where it is read, and no other")
    func places() {
        var table = EdgeTable(SearchSpace.darts().shape, repeating: 0)
        for (number, place) in [(CellKind.normal, 3), (.reduce, 13)].enumerated() {
            table[place.0, place.1, .sepConv5x5] = number + 1
        }
        #expect(table.entries.enumerated().filter { $0.element != 0 }.map(\.offset) == [3 * 8 + 5, 112 + 13 * 8 + 5])
        #expect(table[.reduce, 13, .sepConv5x5] == 2 && table[.reduce].count == 112)
        #expect(table.map { -$0 }[.normal, 3, .sepConv5x5] == -1)
    }

    @Test("The most probable operation is told edge by edge, of equals the first, and shares are of all edges")
    func mostProbable() {
        var alpha = EdgeTable<Float>(SearchSpace.darts(nodes: 1).shape, repeating: 1)
        alpha[.normal, 1, .dilConv3x3] = 2
        alpha[.reduce, 0, .skipConnect] = 1.5
        #expect(alpha.mostProbable() == [.none, .dilConv3x3, .skipConnect, .none])
        #expect(alpha.mostProbable(.reduce) == [.skipConnect, .none] && alpha.share(of: .none) == 0.5)
    }
}
