import Network
import SearchSpace
import Tensors
import Testing

/// A skip beside every mixed operation (DARTS-): known by what it adds where nothing is chosen.
@Suite
struct AuxiliarySkipTests {
    private static func network(_ space: SearchSpace) -> (SuperNetwork, NetworkWeights, WeightLayout) {
        let plan = NetworkPlan(
            image: ImageShape(channels: 1, height: 8, width: 8), classes: 10, initChannels: 4, layers: 3, space: space)
        let layout = WeightLayout.superNetwork(plan)
        let network = SuperNetwork(plan: plan, layout: layout, precision: .double, path: .operators)
        guard let weights = try? network.load(weights: formulaWeights(layout)) else {
            preconditionFailure("the formula's weights fit")
        }
        return (network, weights, layout)
    }

    private static let pixels = formula(6 * 64, 3).map { Float($0) }
    private static let labels = (0..<6).map { Int32($0) }

    @Test("Beside pools whose Z is 0 it is the network whose Z of skip_connect is 1, weights of its reductions and all")
    func equalsSkip() throws {
        let pools: [Operation] = [.maxPool3x3, .skipConnect]
        let chosen = SearchSpace(name: "skips", topology: CellTopology(intermediateNodes: 2), everywhere: pools)
        let beside = SearchSpace(
            name: "beside", topology: CellTopology(intermediateNodes: 2), everywhere: [.maxPool3x3]
        )
        .withAuxiliarySkip(true)
        let (first, firstWeights, firstLayout) = Self.network(chosen)
        let (second, secondWeights, secondLayout) = Self.network(beside)
        // The same modules in the same order, by other names: so the same weights.
        #expect(firstLayout.entries.map(\.shape) == secondLayout.entries.map(\.shape))
        let z = EdgeTable(chosen.shape, (0..<chosen.shape.count).map { Float($0 % 2) })
        let one = try first.trainingPass(
            firstWeights, mixture: z, pixels: Self.pixels, labels: Self.labels, dropPath: nil)
        let other = try second.trainingPass(
            secondWeights, mixture: EdgeTable(beside.shape, repeating: 0), pixels: Self.pixels, labels: Self.labels,
            dropPath: nil)
        #expect(abs(one.loss - other.loss) < 1e-12 && one.hits == other.hits)
        #expect(distance(Array(one.weightGradient), Array(other.weightGradient)) < 1e-9)
        // Where shards compute only what they draw, and draw nothing, it is there all the same.
        let left = try second.trainingPass(
            secondWeights, mixture: EdgeTable(beside.shape, repeating: 0), pixels: Self.pixels, labels: Self.labels,
            dropPath: nil, leavesOut: true)
        #expect(abs(left.loss - other.loss) < 1e-12)
    }

    @Test("An evaluation of a choice leaves it out, one of a soft mixture does not")
    func evaluation() throws {
        let plain = SearchSpace(
            name: "plain", topology: CellTopology(intermediateNodes: 1), everywhere: [.none, .maxPool3x3, .avgPool3x3])
        func hits(_ space: SearchSpace, _ row: [Float]) throws -> Double {
            let (network, weights, layout) = Self.network(space)
            let mixture = EdgeTable(space.shape, (0..<space.shape.count).map { row[$0 % 3] })
            let statistics = [Float](repeating: 0.5, count: layout.statisticCount)
            return try network.evaluationPass(
                weights, statistics: statistics, mixture: mixture, pixels: Self.pixels, labels: Self.labels
            ).lossSum
        }
        let soft: [Float] = [0.2, 0.5, 0.3]
        // The classifier's weights follow those of the reductions, so the two networks are compared with weights of one layout only.
        let beside = plain.withAuxiliarySkip(true)
        #expect(try hits(beside, soft) != hits(beside, [0, 1, 0]))
        let (network, weights, layout) = Self.network(beside)
        let chosen = EdgeTable(beside.shape, (0..<beside.shape.count).map { Float($0 % 3 == 1 ? 1 : 0) })
        let collected = try network.statisticsPass(weights, mixture: chosen, pixels: Self.pixels, imageCount: 6)
        for entry in layout.statistics where entry.name.contains("auxiliary") {
            let own = collected[entry.meanOffset..<entry.varianceOffset + entry.channels]
            #expect(
                own.prefix(entry.channels).allSatisfy { $0 == 0 } && own.suffix(entry.channels).allSatisfy { $0 == 1 })
        }
        #expect(layout.statistics.contains { $0.name.contains("auxiliary") })
    }
}
