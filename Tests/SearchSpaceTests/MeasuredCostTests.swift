import SearchSpace
import Testing

/// Costs that are measured and not counted, from tables made by hand.
@Suite
struct MeasuredCostTests {
    private static func plan(_ channels: Int, _ layers: Int, _ space: SearchSpace = .darts()) -> NetworkPlan {
        NetworkPlan(
            image: ImageShape(channels: 3, height: 32, width: 32), classes: 10, initChannels: channels, layers: layers,
            space: space)
    }

    /// Every entry another number: 1000 times the operation's place in the papers' order, channels, and 7 at stride 2.
    private static func cost(_ entry: MeasuredCosts.Entry) -> Int {
        guard entry.operation != .none, let number = Operation.papers.firstIndex(of: entry.operation) else { return 0 }
        return 1000 * number + entry.place.channels + (entry.place.stride == 2 ? 7 : 0)
    }

    private static func table(_ plan: NetworkPlan, fixed: Int = 123_456) -> MeasuredCosts {
        MeasuredCosts(
            .latency, fixed: fixed,
            costs: Dictionary(uniqueKeysWithValues: plan.measuredEntries.map { ($0, cost($0)) }))
    }

    @Test("The papers' network has 40 entries: eight operations at five places, whichever cells have them")
    func places() {
        let entries = Self.plan(36, 20).measuredEntries
        #expect(entries.count == 40 && Set(entries).count == 40)
        var places: [OperationPlace] = []
        for entry in entries where places.last != entry.place { places.append(entry.place) }
        #expect(
            places.map { [$0.channels, $0.height, $0.width, $0.stride] }
                == [[36, 32, 32, 1], [72, 16, 16, 2], [72, 16, 16, 1], [144, 8, 8, 2], [144, 8, 8, 1]])
        #expect(Self.plan(16, 15, NamedSpace.nasBench201.space(nodes: 4)).measuredEntries.count == 3 * 5)
        // No normal cell stands behind the only two cells, which are reductions.
        #expect(Set(Self.plan(8, 2).measuredEntries.map(\.place.stride)) == [1, 2])
    }

    @Test(
        "A network's latency is the fixed part and what its edges add, in closed form: 18 normal cells, two reductions")
    func sums() throws {
        let plan = Self.plan(36, 20)
        let size = DerivedSize(plan, measured: Self.table(plan))
        #expect(size.fixed[.latency] == 123_456)
        #expect(size.size(of: plan.space.uniform(.none))[.latency] == 123_456)
        var operations = [Operation](repeating: .none, count: 28)
        operations[3] = .sepConv3x3
        // Edge 0 of a reduction halves, edge 4 leads from node 2.
        operations[14] = .maxPool3x3
        operations[14 + 4] = .skipConnect
        let order = Operation.papers
        let numbers = try [Operation.sepConv3x3, .maxPool3x3, .skipConnect].map {
            1000 * (try #require(order.firstIndex(of: $0)))
        }
        let normal = 6 * (3 * numbers[0] + 36 + 72 + 144)
        let halving = 2 * numbers[1] + 72 + 144 + 2 * 7
        let inside = 2 * numbers[2] + 72 + 144
        let genotype = plan.space.genotype(operations: operations)
        #expect(size.size(of: genotype)[.latency] == 123_456 + normal + halving + inside)
        let bounds = size.bounds(.latency)
        #expect(bounds.smallest == 123_456 && bounds.largest == size.size(of: plan.space.uniform(order[7]))[.latency])
        #expect(
            Self.table(plan).amount(
                of: DerivedPlan(
                    genotype: genotype, image: plan.image, classes: 10, initChannels: 36, layers: 20))
                == 123_456 + normal + halving + inside)
    }

    @Test("What is counted stays as it is where something is measured, and nothing is measured where no table is")
    func countedStays() {
        let plan = Self.plan(16, 8)
        let (bare, measured) = (DerivedSize(plan), DerivedSize(plan, measured: Self.table(plan)))
        let tables = (CostTable(plan), CostTable(plan, measured: Self.table(plan)))
        for resource in Resource.counted {
            #expect(bare.values(resource) == measured.values(resource))
            #expect(bare.fixed[resource] == measured.fixed[resource])
            #expect(tables.0.totals.entries.map { $0[resource] } == tables.1.totals.entries.map { $0[resource] })
        }
        #expect(bare.bounds(.latency) == (0, 0))
        #expect(tables.1.totals.entries.map { $0[.latency] } == measured.costs.entries.map { $0[.latency] })
        #expect(Resource.counted + [.latency] == Resource.allCases)
    }

    @Test("A hole is told, and a network that needs none of it is summed all the same")
    func holes() {
        let plan = Self.plan(36, 20)
        let whole = Self.table(plan)
        #expect(whole.holes(in: plan).isEmpty)
        let lacking = MeasuredCosts(
            .latency, fixed: 1, costs: whole.costs.filter { $0.key.operation != .dilConv5x5 })
        #expect(lacking.holes(in: plan).map(\.operation) == [Operation](repeating: .dilConv5x5, count: 5))
        func network(_ operation: Operation) -> DerivedPlan {
            DerivedPlan(
                genotype: plan.space.uniform(operation), image: plan.image, classes: 10, initChannels: 36, layers: 20)
        }
        #expect(lacking.amount(of: network(.dilConv5x5)) == nil && lacking.amount(of: network(.dilConv3x3)) != nil)
    }

    @Test("Times are written exactly, or to the thousandth for sentences, and read with their unit alone")
    func times() {
        #expect(
            [5_000_000, 800_000, 1_234_567, 3_000_000_000].map(Nanoseconds.exact) == [
                "5ms", "800us", "1234567ns", "3s",
            ])
        #expect(
            [5_123_456, 9_999_999, 999, 1_001_000_000, 5_000_000, 0, -1500].map(Nanoseconds.rounded)
                == ["5.123ms", "10ms", "999ns", "1.001s", "5ms", "0ns", "-1.500us"])
        #expect(Nanoseconds.parts("5")?.nanoseconds == nil && Nanoseconds.parts("5ms")?.nanoseconds == 1_000_000)
        #expect(Nanoseconds.parts("0.5us")?.number == "0.5" && Nanoseconds.parts("7s")?.nanoseconds == 1_000_000_000)
    }
}
