import Testing

import SearchSpace

/// Genotype texts of both forms, and cells by both rules.
@Suite
struct GenotypeTests {
    private func refusal(_ text: String) -> String {
        do {
            _ = try Genotype(parsing: text)
            return "not refused"
        } catch { return "\(error)" }
    }

    private func cell(_ normal: String, _ reduce: String? = nil, concat: String = "range(2, 4)") -> String {
        "Genotype(normal=[\(normal)], normal_concat=\(concat), reduce=[\(reduce ?? normal)], reduce_concat=\(concat))"
    }

    private static let flatTwoNodes = "('skip_connect', 0), ('none', 1), ('sep_conv_3x3', 2), ('sep_conv_5x5', 0)"

    @Test("Every known genotype's texts are read back as it is, both with and without spaces")
    func known() throws {
        #expect(Set(KnownGenotypes.names).count == KnownGenotypes.all.count)
        for (name, genotype) in KnownGenotypes.all {
            #expect(try Genotype(parsing: genotype.text) == genotype, "\(name)")
            #expect(try Genotype(parsing: genotype.compactText) == genotype, "\(name)")
            #expect(genotype.hasAllEdges == name.hasSuffix("_edge_all"), "\(name)")
            let flat = 2 * genotype.intermediateNodes(of: .normal)
            #expect(genotype.normal.count == (genotype.hasAllEdges ? 14 : flat), "\(name)")
        }
        let amoeba = try #require(KnownGenotypes.named("AmoebaNet"))
        #expect(amoeba.intermediateNodes(of: .normal) == 5)
        #expect(amoeba.text.contains("normal_concat=range(4, 7)") && amoeba.text.hasSuffix("reduce_concat=[3, 4, 6])"))
        #expect(KnownGenotypes.named("DARTS_V3") == nil)
    }

    @Test("The live edges of SNAS' 14-edge cells are those of its cells with two edges a node")
    func liveEdges() throws {
        for name in ["SNAS_mild", "SNAS_moderate", "SNAS_aggressive"] {
            let flat = try #require(KnownGenotypes.named(name))
            let all = try #require(KnownGenotypes.named(name + "_edge_all"))
            for kind in CellKind.allCases {
                #expect(
                    Set(flat[kind].filter { $0.operation != .none })
                        == Set(all[kind].filter { $0.operation != .none }), "\(name)")
            }
        }
        let aggressive = try #require(KnownGenotypes.named("SNAS_aggressive"))
        #expect(aggressive.deadNodes(of: .reduce) == [4, 5])
    }

    @Test("With all edges a node's edges may stand in order of strength; they are put into edge order")
    func orderOfStrength() throws {
        let mixed = cell("('none', 0), ('skip_connect', 1), ('sep_conv_3x3', 2), ('none', 0), ('max_pool_3x3', 1)")
        let genotype = try Genotype(parsing: mixed)
        #expect(genotype.hasAllEdges)
        #expect(genotype.normal.map(\.from) == [0, 1, 0, 1, 2])
        #expect(genotype.normal.map(\.operation) == [.none, .skipConnect, .none, .maxPool3x3, .sepConv3x3])
    }

    @Test("A text as it stands in a Python file is read: line breaks, commas after last items, spaces around signs")
    func python() throws {
        let text = """
            Genotype(
              normal = [
                ('skip_connect', 0),
                ("none", 1),
              ],
              normal_concat = [2,],
              reduce = [('none', 0), ('none', 1)], reduce_concat = range(2, 3),
            )

            """
        #expect(try Genotype(parsing: text).normal.map(\.operation) == [.skipConnect, .none])
    }

    @Test("Two edges a node keep their order, may share a source, and seven such nodes are told from four full ones")
    func twoEdges() throws {
        let genotype = try Genotype(
            parsing: cell("(\"none\", 1), ('skip_connect', 0), ('sep_conv_3x3', 0), ('none', 0)"))
        #expect(!genotype.hasAllEdges)
        #expect(genotype.normal.map(\.from) == [1, 0, 0, 0] && genotype.normal.map(\.to) == [2, 2, 3, 3])
        let fourteen = (0..<7).flatMap { ["('none', \($0))", "('skip_connect', 0)"] }.joined(separator: ", ")
        let seven = try Genotype(parsing: cell(fourteen, concat: "[2, 8]"))
        #expect(seven.intermediateNodes(of: .normal) == 7 && seven.normalConcat == [2, 8])
        #expect(refusal(cell(fourteen, concat: "range(2, 6)")).contains("normal node 2 has edges from [0, 0]") == true)
    }

    @Test("What is no cell is refused with one sentence that names it")
    func refused() {
        let flat = Self.flatTwoNodes
        #expect(refusal(cell(flat)) == "not refused")
        #expect(
            refusal(cell(flat.split(separator: "2)").joined(separator: "3)")))
                == "normal node 3 has an edge from node 3, which is not an earlier one (line 1, column 52: '('sep_conv_3x3', 3), ('s')"
        )
        #expect(
            refusal(cell(flat, flat.split(separator: "2)").joined(separator: "4)")))
                == "reduce node 3 has an edge from node 4, which is not an earlier one (line 1, column 164: '('sep_conv_3x3', 4), ('s')"
        )
        #expect(refusal(cell(flat + ", ('none', 0), ('none', 1), ('none', 2)")).contains("normal has 7 edges"))
        #expect(refusal(cell("")).contains("normal has 0 edges"))
        let all = "('none', 0), ('none', 1), ('none', 0), ('none', 1), ('none', 2)"
        #expect(
            refusal(cell(flat, all)).hasPrefix(
                "normal has 4 edges, reduce has 5: all edges of one, two a node of the other (line 1, column "))
        #expect(refusal(cell(flat, concat: "[2, 4]")).contains("normal_concat [2, 4] names nodes outside 2..<4"))
        #expect(refusal(cell(flat, concat: "[1, 2]")).contains("normal_concat [1, 2] names nodes outside"))
        #expect(refusal(cell(flat, concat: "[3, 3]")).contains("names a node twice"))
        #expect(refusal(cell("('conv_3x3', 0), ('none', 1)")).contains("unknown operation 'conv_3x3'; known are none,"))
        #expect(refusal(cell("('none' 0), ('none', 1)")).contains("',' or ')' expected (line 1, column 26: '0), ("))
        #expect(
            refusal("Genotype(normal=[[('none', 0)]]").contains(
                "',' or ')' expected (line 1, column 32: the line ends)"))
        #expect(refusal(cell(flat) + " x").contains("the end expected"))
        #expect(refusal("").contains("a value expected (line 1, column 1: the line ends)"))
    }

    @Test("Kinds of cell may have as many nodes as they like, in either form")
    func ownNodesOfEachKind() throws {
        let flat = try Genotype(parsing: cell(Self.flatTwoNodes, Self.flatTwoNodes + ", ('none', 0), ('none', 1)"))
        #expect(flat.intermediateNodes(of: .normal) == 2 && flat.intermediateNodes(of: .reduce) == 3)
        let space = SearchSpace(
            name: "own", topologies: [CellTopology(intermediateNodes: 3), CellTopology(intermediateNodes: 1)],
            candidates: [
                [[Operation]](repeating: [.skipConnect], count: 9), [[Operation]](repeating: [.maxPool3x3], count: 2),
            ])
        let all = space.uniform(.sepConv3x3)
        #expect(all.hasAllEdges && all.normal.count == 9 && all.reduce.count == 2 && all.reduceConcat == [2])
        #expect(try Genotype(parsing: all.text) == all)
    }

    // MARK: Derivation

    /// Logits of the three edges that matter of a table of 14; the rest keep 0 for `none` and far less for everything else.
    private func alpha(_ logits: [Int: [Operation: Float]]) -> EdgeTable<Float> {
        var table = EdgeTable<Float>(SearchSpace.darts().shape, repeating: -5)
        for kind in CellKind.allCases {
            for edge in 0..<14 { table[kind, edge, .none] = 0 }
            for (edge, row) in logits { for (operation, value) in row { table[kind, edge, operation] = value } }
        }
        return table
    }

    @Test("SNAS' rule lets none win and keeps 14 edges; DARTS' rule leaves it out and keeps two a node")
    func rules() {
        let alpha = alpha([2: [.sepConv3x3: -1], 3: [.skipConnect: 2], 4: [.maxPool3x3: -0.5]])
        let snas = Genotype.derived(from: alpha, in: .darts())
        #expect(snas.hasAllEdges && snas.normal.count { $0.operation != .none } == 1)
        let darts = Genotype.derived(from: alpha, in: .darts(), rule: .darts)
        #expect(darts.normal.count == 8 && darts.normal.allSatisfy { $0.operation != .none })
        #expect(darts.normal.map(\.to) == [2, 2, 3, 3, 4, 4, 5, 5])
        #expect(
            darts.normal[2...3].map { $0 } == [
                .init(operation: .skipConnect, from: 1, to: 3), .init(operation: .maxPool3x3, from: 2, to: 3),
            ])
        // Equal strengths: lower index first, the first operation that is not none.
        #expect(darts.normal[6...7].map(\.from) == [0, 1])
        #expect(darts.normal[6...7].allSatisfy { $0.operation == .maxPool3x3 })
    }

    @Test("Edges are compared by probability and not by logit: a likely none weakens its edge")
    func acrossEdges() {
        // Edge 2's sep_conv has the larger logit, and the smaller probability beside its none.
        let alpha = alpha([
            2: [.none: 6, .sepConv3x3: 3], 3: [.none: 0, .skipConnect: 2], 4: [.none: 0, .sepConv5x5: 1],
        ])
        let darts = Genotype.derived(from: alpha, in: .darts(), rule: .darts)
        #expect(darts.normal[2...3].map(\.operation) == [.skipConnect, .sepConv5x5])
    }

    @Test("As a mixture, a cell of two edges a node is one-hot with none on every edge that it does not name")
    func oneHot() throws {
        for name in ["SNAS_mild", "SNAS_moderate"] {
            let flat = try #require(KnownGenotypes.named(name))
            let all = try #require(KnownGenotypes.named(name + "_edge_all"))
            let mixture = EdgeTable.oneHot(all, in: .darts())
            #expect(EdgeTable.oneHot(flat, in: .darts()) == mixture)
            #expect(mixture[.normal].count == 112 && mixture[.normal].reduce(0, +) == 14)
            #expect(mixture[.normal, 0, .sepConv3x3] == 1 || name != "SNAS_mild")
        }
    }
}
