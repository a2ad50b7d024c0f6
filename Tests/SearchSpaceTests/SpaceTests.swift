import SearchSpace
import Testing

/// Spaces that are not the papers', and the papers' with fewer operations.
@Suite
struct SpaceTests {
    private func plan(_ space: SearchSpace, channels: Int = 16, layers: Int = 8) -> NetworkPlan {
        NetworkPlan(
            image: ImageShape(channels: 3, height: 32, width: 32), classes: 10, initChannels: channels, layers: layers,
            space: space)
    }

    /// As RobustDARTS' spaces are told: an edge's operations by two letters each.
    private func codes(_ space: SearchSpace, _ kind: CellKind) -> String {
        let letters: [Operation: String] = [
            .none: "no", .maxPool3x3: "mp", .avgPool3x3: "ap", .skipConnect: "sk", .sepConv3x3: "s3", .sepConv5x5: "s5",
            .dilConv3x3: "d3", .dilConv5x5: "d5",
        ]
        return space.topology(kind).edges.map { edge in
            space.candidates(kind, edge).map { letters[$0] ?? "?" }.joined(separator: "/")
        }.joined(separator: " ")
    }

    @Test("S1 has the two operations of every edge that RobustDARTS gives, S2 and S3 theirs on every edge")
    func robustSpaces() {
        let first = NamedSpace.s1.space(nodes: 4)
        #expect(
            codes(first, .normal)
                == "sk/d3 sk/d5 sk/d5 sk/s3 sk/d3 mp/sk sk/s3 sk/s3 sk/d3 sk/s3 mp/sk sk/d3 d3/d5 d3/d5")
        #expect(
            codes(first, .reduce)
                == "mp/ap mp/d3 mp/ap mp/ap sk/d5 mp/ap mp/s3 sk/d3 sk/d5 mp/ap mp/ap sk/d5 sk/d5 sk/d5")
        #expect(first.shape.count == 56 && first.operations.count == 6 && !first.operations.contains(.none))
        let second = NamedSpace.s2.space(nodes: 4)
        let third = NamedSpace.s3.space(nodes: 2)
        #expect(second.shape.count == 56 && second.operations == [.skipConnect, .sepConv3x3])
        let fourth = NamedSpace.s4.space(nodes: 4)
        #expect(fourth.operations == [.sepConv3x3, .noise] && fourth.partsWithoutKernels == ["noise"])
        // Noise carries nothing of the image.
        #expect(!CellSpace(plan(fourth)).isLive(fourth.uniform(.noise)))
        #expect(CellSpace(plan(fourth)).isLive(fourth.uniform(.sepConv3x3)))
        #expect(codes(third, .reduce) == [String](repeating: "no/sk/s3", count: 5).joined(separator: " "))
    }

    @Test("What a subset leaves out has no weights: eight operations less seven leave that one's alone")
    func subsets() throws {
        let whole = WeightLayout.superNetwork(plan(.darts()))
        #expect(whole.weightCount == 1_930_618)
        let none = try #require(NamedSpace.darts.space(nodes: 4, operations: [.none, .maxPool3x3]))
        let fixed = WeightLayout.superNetwork(plan(none)).weightCount
        var parts = fixed
        for operation in Operation.papers where operation != .none {
            let alone = try #require(NamedSpace.darts.space(nodes: 4, operations: [operation]))
            let layout = WeightLayout.superNetwork(plan(alone))
            parts += layout.weightCount - fixed
            let batchNorms = CostTable(plan(alone)).totals.entries.reduce(0) { $0 + $1.parameters }
            #expect(layout.weightCount - fixed == batchNorms, "\(operation.name)")
        }
        #expect(parts == whole.weightCount)
        // Without skips, and without none: the DARTS-Bench-Suite's seven.
        let seven = try #require(
            NamedSpace.darts.space(nodes: 4, operations: Set(Operation.papers).subtracting([.skipConnect])))
        #expect(WeightLayout.superNetwork(plan(seven)).weightCount == 1_930_618 - 40_960)
        #expect(seven.shape.count == 28 * 7 && seven.shape.tensorShape(of: .normal) == [14, 7])
    }

    @Test("A candidate that the papers do not have brings its weights, sizes and names by its chain alone")
    func anotherCandidate() throws {
        let space = try #require(NamedSpace.darts.space(nodes: 1, operations: [.convolution3x3, .none]))
        #expect(space.partsWithoutKernels.isEmpty)
        let plan = plan(space, channels: 4, layers: 3)
        let layout = WeightLayout.superNetwork(plan)
        let weight = try #require(layout.weight("cells.1._ops.1._ops.1.op.1.weight"))
        #expect(weight.shape == [8, 8, 3, 3] && weight.fanIn == 72)
        #expect(layout.statistic("cells.1._ops.1._ops.1.op.2")?.channels == 8)
        // 9 C C on two edges of cells of 4, 8 and 16 channels; scale and shift besides once it is derived.
        let convolutions = 2 * 9 * (4 * 4 + 8 * 8 + 16 * 16)
        #expect(CostTable(plan).totals.entries.reduce(0) { $0 + $1.parameters } == convolutions)
        let size = DerivedSize(plan)
        let kept = size.size(of: space.uniform(.convolution3x3)).parameters
        #expect(kept - size.fixed.parameters == convolutions + 2 * 2 * (4 + 8 + 16))
        #expect(kept == plan.derivedWeights(space.uniform(.convolution3x3)))
        #expect(try Genotype(parsing: space.uniform(.convolution3x3).text) == space.uniform(.convolution3x3))
    }

    @Test(
        "DARTS-Bench-Suite's nine spaces: wide, deep and a single cell, of eight, of seven without skips, with a skip beside each edge"
    )
    func benchSuite() throws {
        let noSkip = Set(Operation.papers).subtracting([.skipConnect])
        for (channels, layers, nodes) in [(18, 4, 4), (7, 18, 4), (26, 1, 8)] {
            let regular = SearchSpace.darts(nodes: nodes)
            let spaces = [
                regular, try #require(NamedSpace.darts.space(nodes: nodes, operations: noSkip)),
                regular.withAuxiliarySkip(true),
            ]
            let counts = spaces.map {
                WeightLayout.superNetwork(plan($0, channels: channels, layers: layers)).weightCount
            }
            // What a factorised reduction weighs on the two edges of every node of a reduction cell, of 2 C and 4 C channels.
            let reductions = layers == 1 ? [2 * channels] : [2 * channels, 4 * channels]
            let skips = reductions.reduce(0) { $0 + 2 * nodes * $1 * $1 }
            #expect(counts[1] == counts[0] - skips && counts[2] == counts[0] + skips)
            #expect(spaces[2].shape == regular.shape && spaces.allSatisfy(\.partsWithoutKernels.isEmpty))
        }
        #expect(plan(.darts(nodes: 8), channels: 26, layers: 1).cells.map(\.kind) == [.reduce])
    }

    @Test("A space is refused where an edge is left nothing to do, or it has not the operation")
    func refusals() {
        #expect(NamedSpace.darts.space(nodes: 2, operations: [.none]) == nil)
        #expect(NamedSpace.s1.space(nodes: 4, operations: [.skipConnect, .dilConv3x3]) == nil)
        #expect(NamedSpace.s2.space(nodes: 4, operations: [.skipConnect, .maxPool3x3]) == nil)
        #expect(NamedSpace.s2.space(nodes: 4, operations: [.skipConnect])?.shape.count == 28)
        #expect(
            NamedSpace.darts.space(nodes: 1, operations: [.sepConv7x7, .none])?.operations == [.none, .sepConv7x7])
    }

    @Test("Cells are kept, drawn, enumerated and told as one-hot tables by each edge's own candidates")
    func cells() {
        let space = NamedSpace.s1.space(nodes: 4)
        var alpha = EdgeTable<Float>(space.shape, repeating: 0)
        for (row, entries) in space.shape.rows.enumerated() where row % 3 == 0 {
            alpha.entries[entries.upperBound - 1] = 1
        }
        let cell = Genotype.derived(from: alpha, in: space)
        #expect(cell.normal[0].operation == .dilConv3x3 && cell.normal[1].operation == .skipConnect)
        #expect(cell.normal[3].operation == .sepConv3x3 && cell.reduce[1].operation == .dilConv3x3)
        #expect(EdgeTable.oneHot(cell, in: space).mostProbable() == alpha.mostProbable())
        let strongest = alpha.strongestEdges(in: space)
        // Two edges a node; the others keep nothing, since none is no candidate.
        #expect(strongest.entries.reduce(0, +) == 16 && strongest[.normal, 2, .skipConnect] == 1)
        #expect(strongest[.normal, 4, .skipConnect] == 0 && strongest[.normal, 4, .dilConv3x3] == 0)
        let cells = CellSpace(plan(space))
        #expect(cells.contains(cell) && cells.genotypeCount == 1 << 28)
        #expect(!cells.contains(space.uniform(.skipConnect)))
        let size = DerivedSize(plan(space, channels: 36, layers: 20))
        #expect(size.size(of: cell).parameters == size.plan.derivedWeights(cell))
    }

    @Test("An edge that is left out counts neither as none nor as an edge")
    func leftOut() {
        let space = SearchSpace(
            name: "own", topology: CellTopology(intermediateNodes: 1),
            candidates: [[[.none], [.none, .sepConv3x3]], [[.skipConnect], [.none, .sepConv3x3]]])
        let cell = space.genotype(operations: [.none, .none, .skipConnect, .sepConv3x3])
        #expect(EdgeTable.oneHot(cell, in: space).share(of: .none) == 1.0 / 3)
        #expect(space.usableEdges(.normal, into: 2).map(\.from) == [1])
        #expect(space.isUsable && space.restricted(to: [.skipConnect]) == nil)
    }

    @Test("Inputs may change places only where both have the same candidates")
    func symmetry() {
        let topology = CellTopology(intermediateNodes: 1)
        let alike = SearchSpace(name: "alike", topology: topology, everywhere: [.skipConnect, .sepConv3x3])
        let differ = SearchSpace(
            name: "differ", topology: topology,
            candidates: [
                [[.skipConnect, .sepConv3x3], [.skipConnect, .sepConv5x5]],
                [[.skipConnect, .sepConv3x3], [.skipConnect, .sepConv3x3]],
            ])
        // Three cells: the first is the one normal one, both of whose inputs are the stem.
        #expect(CellSpace(plan(alike, layers: 3)).liveCells().count == 3 * 4)
        #expect(CellSpace(plan(differ, layers: 3)).liveCells().count == 4 * 4)
    }
}
