import SearchSpace
import Testing

@Suite
struct CellSpaceTests {
    private static func space(nodes: Int, layers: Int) -> CellSpace {
        CellSpace(
            NetworkPlan(
                image: ImageShape(channels: 1, height: 8, width: 8), classes: 10, initChannels: 8, layers: layers,
                space: .darts(nodes: nodes)))
    }

    /// Of one node: operations on the two edges of the normal cell, then of the reduction cell.
    private static func genotype(_ operations: [Operation]) -> Genotype {
        func cell(_ first: Int) -> [Genotype.Choice] {
            (0..<2).map { Genotype.Choice(operation: operations[first + $0], from: $0, to: 2) }
        }
        return Genotype(normal: cell(0), reduce: cell(2), normalConcat: [2], reduceConcat: [2])
    }

    @Test("One node and three cells: 36 normal cells, 64 reductions; 35 + 15 dead; 2,254 distinct live ones, each once")
    func enumeration() {
        let space = Self.space(nodes: 1, layers: 3)
        #expect(space.genotypeCount == 4096)
        let cells = space.liveCells()
        // Dead are (none, none) of the reduction under each of 35 live normal cells, and, where the normal cell is (none, none)
        // too, all 15 reductions with none on an edge: then either the image or the last cell is cut off.
        #expect(cells.count == 36 * 64 - 35 - 15)
        #expect(Set(cells).count == cells.count)
        #expect(cells.allSatisfy { space.canonical($0) == $0 && space.isLive($0) && space.contains($0) })
        #expect(Set(cells.map(\.normal)).count == 36 && Set(cells.map(\.reduce)).count == 63)
    }

    @Test("The canonical form of every genotype is its own canonical form, and as live as it")
    func canonical() {
        let space = Self.space(nodes: 1, layers: 3)
        var forms: Set<Genotype> = []
        for number in 0..<4096 {
            let columns = [number >> 9, number >> 6 & 7, number >> 3 & 7, number & 7]
            let genotype = Self.genotype(columns.map { Operation.papers[$0] })
            let form = space.canonical(genotype)
            #expect(space.canonical(form) == form && space.isLive(form) == space.isLive(genotype))
            #expect(form.reduce == genotype.reduce)
            #expect(Set(form.normal.map(\.operation)) == Set(genotype.normal.map(\.operation)))
            forms.insert(form)
        }
        #expect(forms.count == 36 * 64)
    }

    @Test("Input 0 and 1 change places in the first cell alone: where another normal cell follows, none is exchanged")
    func symmetry() {
        let genotype = Self.genotype([.sepConv5x5, .none, .skipConnect, .sepConv3x3])
        let exchanged = Self.genotype([.none, .sepConv5x5, .skipConnect, .sepConv3x3])
        #expect(Self.space(nodes: 1, layers: 3).canonical(genotype) == exchanged)
        #expect(Self.space(nodes: 1, layers: 8).canonical(genotype) == genotype)
        // 4096 less (none, none) of the reductions, and of the normal cells those that leave no way through.
        #expect(Self.space(nodes: 1, layers: 8).liveCells().count > 36 * 64)
    }

    @Test("With two nodes the inputs change places for both at once, never for one of them alone")
    func jointSymmetry() {
        let space = Self.space(nodes: 2, layers: 3)
        #expect(space.genotypeCount == 1 << 30)
        func cell(_ operations: [Operation]) -> Genotype {
            let choices = zip(space.searchSpace.topology(.normal).edges, operations).map {
                Genotype.Choice(operation: $1, from: $0.from, to: $0.to)
            }
            return Genotype(normal: choices, reduce: choices, normalConcat: [2, 3], reduceConcat: [2, 3])
        }
        let one = cell([.sepConv3x3, .none, .maxPool3x3, .skipConnect, .avgPool3x3])
        let both = cell([.none, .sepConv3x3, .skipConnect, .maxPool3x3, .avgPool3x3])
        let half = cell([.none, .sepConv3x3, .maxPool3x3, .skipConnect, .avgPool3x3])
        #expect(space.canonical(one).normal == both.normal && space.canonical(one).reduce == one.reduce)
        #expect(space.canonical(half).normal == half.normal)
    }

    @Test("A cell is dead when no way of live edges leads from the image to the classifier")
    func dead() {
        let space = Self.space(nodes: 1, layers: 3)
        #expect(!space.isLive(Self.genotype([.sepConv3x3, .sepConv3x3, .none, .none])))
        #expect(!space.isLive(Self.genotype([.none, .none, .sepConv3x3, .none])))
        #expect(!space.isLive(Self.genotype([.none, .none, .none, .sepConv3x3])))
        #expect(space.isLive(Self.genotype([.none, .none, .sepConv3x3, .skipConnect])))
        #expect(space.isLive(Self.genotype([.none, .skipConnect, .none, .skipConnect])))
        #expect(space.isLive(Self.genotype([.skipConnect, .none, .maxPool3x3, .none])))
    }

    @Test(
        "A genotype of another number of nodes, with two edges a node, or with an older operation is of another space")
    func contains() {
        let space = Self.space(nodes: 4, layers: 8)
        #expect(space.contains(space.searchSpace.uniform(.sepConv5x5)))
        #expect(KnownGenotypes.named("SNAS_mild_edge_all").map(space.contains) == true)
        #expect(KnownGenotypes.named("SNAS_mild").map(space.contains) == false)
        #expect(KnownGenotypes.named("NASNet").map(space.contains) == false)
        #expect(!space.contains(Self.genotype([.none, .none, .none, .none])))
        #expect(space.genotypeCount == nil, "2^84")
    }
}
