import SearchSpace
import Testing

@Suite
struct CostTests {
    private static func plan(_ channels: Int, _ layers: Int) -> NetworkPlan {
        NetworkPlan(
            image: ImageShape(channels: 3, height: 32, width: 32), classes: 10, initChannels: channels, layers: layers,
            space: .darts())
    }

    /// Size, multiply-adds, memory access of pool, skip, sep3, sep5, dil3, dil5, worked out by the official code's formulas.
    private static let fixture: [(channels: Int, inputSide: Int, stride: Int, rows: [[Int]])] = [
        (
            16, 32, 1,
            [
                [0, 147_456, 32_768], [0, 0, 32_768], [800, 819_200, 131_872], [1312, 1_343_488, 132_384],
                [400, 409_600, 65_936], [656, 671_744, 66_192],
            ]
        ),
        (
            32, 32, 2,
            [
                [0, 73_728, 40_960], [1024, 262_144, 74_752], [2624, 671_744, 92_736], [3648, 933_888, 93_760],
                [1312, 335_872, 58_656], [1824, 466_944, 59_168],
            ]
        ),
        (
            32, 16, 1,
            [
                [0, 73_728, 16_384], [0, 0, 16_384], [2624, 671_744, 68_160], [3648, 933_888, 69_184],
                [1312, 335_872, 34_080], [1824, 466_944, 34_592],
            ]
        ),
        (
            64, 16, 2,
            [
                [0, 36_864, 20_480], [4096, 262_144, 40_960], [9344, 598_016, 54_400], [11_392, 729_088, 56_448],
                [4672, 299_008, 33_344], [5696, 364_544, 34_368],
            ]
        ),
        (
            64, 8, 1,
            [
                [0, 36_864, 8192], [0, 0, 8192], [9344, 598_016, 42_112], [11_392, 729_088, 44_160],
                [4672, 299_008, 21_056], [5696, 364_544, 22_080],
            ]
        ),
    ]

    @Test("All thirty costs of the fixture table, both pools, and nothing for none", arguments: 0..<5)
    func fixtureTable(column: Int) {
        let (channels, inputSide, stride, rows) = Self.fixture[column]
        func cost(_ operation: Operation) -> [Int] {
            let cost = OperationCost(
                of: operation, channels: channels, outputSide: inputSide / stride, stride: stride)
            return Resource.counted.map { cost[$0] }
        }
        let operations: [Operation] = [
            .maxPool3x3, .skipConnect, .sepConv3x3, .sepConv5x5, .dilConv3x3, .dilConv5x5,
        ]
        #expect(operations.map(cost) == rows)
        #expect(cost(.avgPool3x3) == rows[0] && cost(.none) == [0, 0, 0])
    }

    @Test("All edges of the 16-channel, 8-cell network: the known totals of size, multiply-adds and memory access")
    func totals() {
        let table = CostTable(Self.plan(16, 8))
        #expect(table.cellCount(.normal) == 6 && table.cellCount(.reduce) == 2)
        func total(_ operation: Operation) -> OperationCost {
            CellKind.allCases.reduce(.zero) { sum, kind in
                (0..<14).reduce(sum) { $0 + table.totals[kind, $1, operation] }
            }
        }
        #expect(total(.sepConv3x3).parameters == 525_056 && total(.sepConv5x5).parameters == 668_416)
        #expect(total(.dilConv3x3).parameters == 262_528 && total(.dilConv5x5).parameters == 334_208)
        #expect(total(.skipConnect).parameters == 40_960 && total(.none) == .zero)
        #expect((Double(total(.maxPool3x3).multiplyAdds) / 1e4).rounded() == 877)
        #expect((Double(total(.sepConv5x5).multiplyAdds) / 1e5).rounded() == 1075)
        #expect((Double(total(.skipConnect).memoryAccessElements) / 1e4).rounded() == 268)
        #expect((Double(total(.sepConv3x3).memoryAccessElements) / 1e4).rounded() == 862)
        let uniform = Operation.papers.reduce(OperationCost.zero) { $0 + total($1) }
        #expect(uniform.parameters == 8 * 228_896)
    }

    /// Fourteen operations of a cell by index.
    private static func operations(_ normal: [UInt8], _ reduce: [UInt8]) -> [Operation] {
        (normal + reduce).map { Operation.papers[Int($0)] }
    }

    @Test("Published cells at 36 channels and 20 cells have their exact sizes")
    func publishedSizes() {
        let size = DerivedSize(Self.plan(36, 20))
        func parameters(_ normal: [UInt8], _ reduce: [UInt8]) -> Int {
            size.size(of: Self.operations(normal, reduce)).parameters
        }
        let dartsV2 = Self.operations(
            [4, 4, 4, 4, 0, 3, 4, 0, 0, 3, 0, 6, 0, 0], [1, 1, 0, 1, 3, 1, 0, 3, 0, 0, 1, 3, 0, 0])
        #expect(size.size(of: dartsV2).parameters == 3_349_342)
        #expect(size.size(of: dartsV2).multiplyAdds == 528_359_040)
        let mild = parameters(
            [4, 4, 3, 6, 0, 3, 3, 0, 0, 3, 4, 0, 0, 0], [1, 1, 0, 1, 3, 0, 1, 3, 0, 1, 0, 7, 0, 0])
        #expect(mild == 2_661_382)
        let moderate = parameters(
            [7, 3, 4, 3, 0, 3, 3, 0, 0, 4, 7, 0, 0, 0], [1, 1, 5, 7, 0, 5, 5, 0, 0, 5, 5, 0, 0, 0])
        #expect(moderate == 2_847_358)
        let aggressive = parameters(
            [5, 3, 3, 3, 0, 3, 7, 0, 0, 3, 7, 0, 0, 0], [5, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(aggressive == 2_313_622)
        let all = size.bounds(.parameters)
        #expect(all.smallest == 1_370_134 && all.largest == 7_974_550)
        #expect((Double(size.bounds(.flops).smallest) / 1e5).rounded() == 2273)
        #expect((Double(size.bounds(.flops).largest) / 1e5).rounded() == 12_608)
    }

    @Test("One normal sep_conv_3x3 adds 353,808 weights and its batch norms at 36 channels and 20 cells")
    func oneEdge() {
        let size = DerivedSize(Self.plan(36, 20))
        #expect(size.costs[.normal, 0, .sepConv3x3].parameters == 353_808 + 6 * 4 * (36 + 72 + 144))
    }
}
