import Configuration
import Optimization
import SearchSpace
import Testing
import Training
import Wire

/// Logits of an evaluation, gathered from its shards.
@Suite
struct LogitPayloadTests {
    /// Seven images of three classes in shards of three.
    private static let whole = LogitPayload.parts(images: 7, classes: 3, shardImages: 3)

    private static func shard(_ number: Int) -> Addend {
        let images = number < 2 ? 3 : 1
        let counts = EvaluationCount.payload(
            of: [Int32](repeating: 1, count: images), [Int32](repeating: Int32(number), count: images),
            topFiveHits: images, classes: 3)
        return LogitPayload.payload(number, counts: counts, logits: logits(number, images), in: whole)
    }

    private static func logits(_ shard: Int, _ images: Int) -> [Float] {
        (0..<3 * images).map { Float(10 * shard) + Float($0) / 3 - 1 }
    }

    @Test(
        "A shard sends the counts and its own images' logits; the sum has all of them, bit by bit, in the round's order"
    )
    func sum() throws {
        #expect(Self.whole.partCount == 4 && Self.whole.count == 10 + 21)
        #expect(Self.shard(2).floats.count == 10 + 3 && Self.shard(2).parts?.parts == [2, 3])
        let tree = ShardTree(shardCount: 3)
        for order in [[0, 1, 2], [2, 0, 1]] {
            var sum = TreeSum(tree: tree)
            for shard in order { _ = sum.fill(tree.leaf(shard), with: Self.shard(shard)) }
            let total = try #require(sum.total)
            #expect(Array(total[10...]) == Self.logits(0, 3) + Self.logits(1, 3) + Self.logits(2, 1))
            let count = EvaluationCount(
                classes: 3, total: Array(total[..<10]),
                reports: [3, 3, 1].enumerated().map {
                    ShardReport(shard: $0, imageCount: $1, loss: 0, hits: 0, finite: true)
                })
            #expect(count.confusion == [0, 3, 0, 0, 3, 0, 0, 1, 0] && count.topFiveHits == 7)
        }
    }

    @Test("An evaluation asks for logits where they are wanted, and keeps counts and logits apart")
    func run() throws {
        let plan = DerivedPlan(
            genotype: SearchSpace.darts(nodes: 1).uniform(.skipConnect),
            image: ImageShape(channels: 1, height: 8, width: 8), classes: 3, initChannels: 2, layers: 3)
        let layout = WeightLayout.derivedNetwork(plan)
        var configuration = SearchConfiguration()
        configuration.evaluation.shardImages = 3
        func run(yieldsLogits: Bool) -> EvaluationRun {
            EvaluationRun(
                configuration: configuration, layout: layout,
                weights: [Float](repeating: 0, count: layout.weightCount),
                statistics: [Float](repeating: 1, count: layout.statisticCount), classes: 3, imageCount: 7,
                yieldsLogits: yieldsLogits)
        }
        var plain = run(yieldsLogits: false)
        var gathering = run(yieldsLogits: true)
        #expect(plain.nextRound()?.job.yields == .predictions && plain.nextRound()?.payloadCount == 10)
        let planned = try #require(gathering.nextRound())
        #expect(planned.job.yields == [.predictions, .logits] && planned.job.shardCount == 3)
        #expect(planned.parts == Self.whole && planned.payloadCount == 31)
        let reports = [ShardReport(shard: 0, imageCount: 7, loss: 14, hits: 0, finite: true)]
        plain.absorb(total: (0..<10).map { Float($0) }, reports: reports)
        gathering.absorb(total: (0..<31).map { Float($0) }, reports: reports)
        #expect(plain.count == gathering.count && plain.count?.loss == 2 && plain.logits == nil)
        #expect(gathering.logits == (10..<31).map { Float($0) } && gathering.nextRound() == nil)
    }

    @Test("What is gathered is bounded: by its bytes, and by the parts that a payload may have")
    func bounds() {
        let configuration = SearchConfiguration()
        #expect(configuration.evaluation.shardImages == 64)
        #expect(EvaluationRun.gathersLogits(images: 60_000, classes: 100, configuration))
        #expect(EvaluationRun.gathersLogits(images: 64 * 4096, classes: 256, configuration))
        #expect(!EvaluationRun.gathersLogits(images: 64 * 4096, classes: 257, configuration), "bytes")
        #expect(!EvaluationRun.gathersLogits(images: 64 * 4096 + 1, classes: 2, configuration), "parts")
    }
}
