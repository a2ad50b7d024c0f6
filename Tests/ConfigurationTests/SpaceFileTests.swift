import Host
import SearchSpace
import Testing

import Configuration

/// Spaces of one's own, and what is said of bad ones.
@Suite
struct SpaceFileTests {
    private static let good = """
        name: small
        nodes: 2
        normal: [none, skip_connect, sep_conv_3x3]
        reduce:
          1-2: [max_pool_3x3, skip_connect]
          others: [none, dil_conv_5x5]
        """

    private func refusal(_ text: String) -> String {
        do {
            _ = try SpaceFile.parse(text, source: "s.yaml")
            return ""
        } catch { return error.userSentence }
    }

    @Test("A file gives each edge its candidates, and its one word gives the same space again")
    func word() throws {
        let space = try SpaceFile.parse(Self.good, source: "s.yaml")
        #expect(space.name == "small" && space.topology(.reduce).edgeCount == 5)
        #expect(space.shape.candidates(.normal, edge: 4) == [.none, .skipConnect, .sepConv3x3])
        #expect(space.shape.candidates(.reduce, edge: 1) == [.maxPool3x3, .skipConnect])
        #expect(space.shape.candidates(.reduce, edge: 0) == [.none, .dilConv5x5])
        #expect(
            space.word
                == "own:small:reductions:2:none+skip_connect+sep_conv_3x3:none+dil_conv_5x5/max_pool_3x3+skip_connect/"
                + "none+dil_conv_5x5/none+dil_conv_5x5/none+dil_conv_5x5")
        #expect(SearchSpace(word: space.word) == space)
        let staged = try SpaceFile.parse(
            "skeleton: stages\nnodes: 3\nnormal: [nor_conv_3x3, none]\n", source: "runs/mine.yaml")
        #expect(staged.name == "mine" && staged.topology(.normal).inputs == 1 && staged.kinds == [.normal])
        #expect(SearchSpace(word: staged.word) == staged)
        for cut in 0..<space.word.count { _ = SearchSpace(word: String(space.word.prefix(cut))) }
        #expect(SearchSpace(word: "own:x:reductions:2:none:none") == nil)
        #expect(SearchSpace(word: "own:x:stages:2:skip_connect:skip_connect") == nil)
    }

    /// The space of `KernelTests`' own graphs, in short.
    private static let graphs = """
        nodes: {normal: 3, reduce: 2}
        output: {normal: concatenation, reduce: last_node}
        normal:
          0-3: [none]
          others: [skip_connect, sep_conv_3x3]
        reduce: [skip_connect, max_pool_3x3]
        """

    @Test("Each kind of cell may have its own nodes and output, and an edge with none alone is not there")
    func graphs() throws {
        let space = try SpaceFile.parse(Self.graphs, source: "graphs.yaml")
        #expect(space.topology(.normal).edgeCount == 9 && space.topology(.normal).outputNodes == 2..<5)
        #expect(space.topology(.reduce).edgeCount == 5 && space.topology(.reduce).outputNodes == 3..<4)
        #expect(space.nodes == 3 && space.nodesText == "3 and 2")
        #expect(space.usableEdges(.normal, into: 3).map(\.from) == [1, 2])
        #expect(space.word.hasPrefix("own:graphs:reductions:3/2+last_node:skip_connect+sep_conv_3x3/"))
        #expect(SearchSpace(word: space.word) == space)
        let plan = NetworkPlan(
            image: ImageShape(channels: 1, height: 8, width: 8), classes: 10, initChannels: 4, layers: 3, space: space)
        // A normal cell gives on three nodes of 4 channels, the reductions behind it one of 8, then of 16.
        #expect(plan.cells.map(\.inputChannels1) == [12, 12, 8] && plan.classifierInputs == 16)
        #expect(plan.cells.map(\.firstEdge) == [0, 9, 14] && plan.edgesOfAllCells == 19)
        #expect(space.restricted(to: [.skipConnect])?.shape.count == 14)
        #expect(space.restricted(to: [.sepConv3x3, .none]) == nil)
        let alone = try SpaceFile.parse(
            "nodes: 1\noutput: last_node\nnormal: [skip_connect]\nreduce: [skip_connect]\n", source: "alone.yaml")
        #expect(alone.word == "own:alone:reductions:1+last_node:skip_connect:skip_connect")
        #expect(SearchSpace(word: alone.word) == alone)
        for bad in ["own:x:stages:1+concatenation:skip_connect:-", "own:x:reductions:1/1/1:skip_connect:skip_connect"] {
            #expect(SearchSpace(word: bad) == nil)
        }
    }

    @Test("What is wrong with a graph is told with its line and column")
    func badGraphs() {
        let rest = "normal: [skip_connect]\nreduce: [skip_connect]\n"
        #expect(refusal("nodes: {normal: 3}\n" + rest).contains("line 1, column 1: 'nodes' says nothing of 'reduce'"))
        #expect(
            refusal("nodes: {normal: 3, other: 1}\n" + rest).contains(
                "line 1, column 20: 'nodes' has normal and reduce, not 'other'"))
        #expect(
            refusal("nodes: 1\noutput: sum\n" + rest).contains(
                "line 2, column 9: 'output' of reductions takes concatenation or last_node"))
        #expect(
            refusal("skeleton: stages\nnodes: 1\noutput: concatenation\nnormal: [skip_connect]\n").contains(
                "line 3, column 9: 'output' of stages takes last_node"))
        #expect(
            refusal("nodes: 1\nnormal: [skip_connect]\nreduce:\n  others: [none]\n").contains(
                "line 3, column 1: node 2 of 'reduce' has no edge that does something"))
    }

    @Test("What is wrong is told with its line and column")
    func refusals() {
        #expect(refusal(Self.good) == "")
        #expect(
            refusal("nodes: 2\nnormal: [none, skip_conect]\nreduce: [none, skip_connect]\n")
                == "s.yaml: line 2, column 16: 'skip_conect' is no operation; did you mean 'skip_connect'?")
        #expect(
            refusal("nodes: 2\nnorml: [none]\n").contains(
                "line 2, column 1: unknown key 'norml'; did you mean 'normal'?"))
        #expect(
            refusal("nodes: 2\nnormal: [none]\nreduce: [none]\n").contains(
                "line 2, column 9: a cell needs edges that do something"))
        #expect(refusal("nodes: 0\n").contains("line 1, column 8: 'nodes' takes 1 to 12"))
        #expect(refusal("normal: [skip_connect]\n").contains("'nodes' is missing"))
        #expect(refusal("nodes: 1\nnormal: [skip_connect]\n").contains("'reduce' is missing"))
        #expect(
            refusal("nodes: 1\nnormal: [skip_connect]\nreduce:\n  0-2: [skip_connect]\n")
                .contains("line 3, column 1: 'reduce' says nothing of edge 1-2"))
        #expect(
            refusal("nodes: 1\nnormal: [skip_connect]\nreduce:\n  0-3: [skip_connect]\n")
                .contains("line 4, column 3: a cell of 1 nodes has no edge '0-3'; it has 0-2, 1-2"))
        #expect(
            refusal("nodes: 1\nnormal: [skip_connect, skip_connect]\nreduce: [skip_connect]\n").contains("stands twice")
        )
        #expect(
            refusal("skeleton: stages\nnodes: 1\nnormal: [skip_connect]\nreduce: [skip_connect]\n")
                .contains("line 4, column 1: stages have one kind of cell"))
        #expect(
            refusal("nodes: 1\nnormal: skip_connect\nreduce: [skip_connect]\n").contains("wants a list of operations"))
        #expect(
            refusal("nodes: 1\nnormal: [[skip_connect]]\nreduce: [skip_connect]\n").contains(
                "line 2, column 10: an operation's name"))
    }

    @Test("Given as --space it brings its nodes, travels in the canonical text, and refuses other nodes")
    func asSetting() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "space-")
        defer { try? FileSystem.removeTree(folder) }
        let path = "\(folder)/small.yaml"
        try FileSystem.writeAtomically(path, Array(Self.good.utf8))
        func resolved(_ settings: [(String, String)]) throws -> ResolvedConfiguration {
            var builder = ConfigurationBuilder()
            for (name, value) in settings { try builder.apply(name: name, value: value, origin: .flag) }
            return try builder.finished()
        }
        let given = try resolved([("space", path)])
        let own = given.configuration
        #expect(own.space.cells.nodes == 2 && own.space.searchSpace.shape.count == 25)
        #expect(try SearchConfiguration(canonicalText: own.canonicalText) == own)
        var again = ConfigurationBuilder()
        try again.apply(text: given.yaml, source: "configuration.yaml")
        #expect(try again.finished().configuration == own)
        for settings in [[("nodes", "3"), ("space", path)], [("space", path), ("nodes", "3")]] {
            #expect { try resolved(settings) } throws: {
                $0.userSentence.contains("is given for 2 nodes, and nodes is 3")
            }
        }
        #expect { try resolved([("space", "\(folder)/none.yaml")]) } throws: { $0.userSentence.contains("none.yaml") }
        #expect { try resolved([("space", "s9")]) } throws: {
            $0.userSentence.contains("--space is 's9'; it takes darts, s1")
        }
        let large = "\(folder)/large.yaml"
        let most = "nodes: \(SearchSpace.nodeLimit)\nnormal: [skip_connect]\nreduce: [skip_connect]\n"
        try FileSystem.writeAtomically(large, Array(most.utf8))
        let largest = try resolved([("space", large)]).configuration
        #expect(try SearchConfiguration(canonicalText: largest.canonicalText) == largest)
        let graphs = "\(folder)/graphs.yaml"
        try FileSystem.writeAtomically(graphs, Array(Self.graphs.utf8))
        let both = try resolved([("space", graphs)]).configuration
        #expect(both.space.cells.nodes == 3 && both.space.searchSpace.nodesText == "3 and 2")
        #expect(try SearchConfiguration(canonicalText: both.canonicalText) == both)
        #expect(try resolved([("space", graphs), ("search", "darts")]).configuration.derivation == .darts)
        let narrow = Self.graphs.split(separator: "  others:").joined(separator: "  1-3: [none]\n  others:")
        try FileSystem.writeAtomically(graphs, Array(narrow.utf8))
        #expect { try resolved([("space", graphs), ("search", "darts")]) } throws: {
            $0.userSentence.contains("keeps two edges a node, and node 3 of space graphs's normal cell has one")
        }
        let fewer = try resolved([("space", path), ("operations", "skip_connect,dil_conv_5x5")])
        #expect(fewer.configuration.space.searchSpace.shape.count == 10)
        #expect { try resolved([("space", path), ("operations", "sep_conv_3x3,max_pool_3x3")]) } throws: {
            $0.userSentence.contains("every edge of space small must be left one that does something")
        }
    }
}
