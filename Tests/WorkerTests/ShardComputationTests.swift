import Configuration
import Datasets
import Estimation
import Formats
import Host
import Network
import Optimization
import SearchSpace
import Testing
import Training
import Wire
import Worker

/// What a shard gives is what its job yields, by the real networks on the embedded digits.
@Suite
struct ShardComputationTests {
    let set: ImageSet
    let search: SearchConfiguration
    let plan: NetworkPlan

    init() throws {
        set = try RecognisedDataset(at: "digits").loadTraining()
        var search = SearchConfiguration()
        search.space.initChannels = 4
        search.space.layers = 3
        search.training.batchSize = 16
        search.training.shards = 2
        self.search = search
        plan = search.plan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 10)
    }

    func computing(_ configuration: SearchConfiguration) throws -> any RoundComputing {
        let welcome = Welcome(
            configuration: configuration.canonicalText, dataDigest: set.digest(),
            data: Blob(ByteView(set.canonicalBytes()), pieceBytes: 524_288).reference,
            layoutDigest: XXH3.hash128([]), pieceBytes: 524_288)
        let preparation = try NetworkPreparation(dataFolder: "digits", cacheFolder: nil, device: "cpu", path: .kernels)
            .prepare(welcome, data: nil)
        guard case .ready(let computing, _) = preparation else { throw UserError(.internalFault, "no digits") }
        return computing
    }

    func blob(_ floats: [Float]) -> GatheredBlob {
        GatheredBlob(pieces: [ByteView(LittleEndian.bytes(of: floats))])
    }

    func load(
        _ job: RoundJob, _ configuration: SearchConfiguration, _ layout: WeightLayout, statistics: [Float]? = nil
    ) throws -> any LoadedRound {
        try computing(configuration).load(
            job, weights: blob(InitialValues.weights(layout, seed: 2)), statistics: statistics.map(blob))
    }

    func job(
        _ images: RoundImages, _ mixing: Mixing, _ yields: RoundYields, step: UInt64 = 3, images count: Int = 16,
        table: [Float]
    ) -> RoundJob {
        RoundJob(
            images, mixing: mixing, yields: yields, step: step, epoch: 0, stepInEpoch: UInt32(step), shardCount: 2,
            imageCount: count, dropPathProbability: yields.hasGradient ? 0.3 : 0, table: table)
    }

    var alpha: [Float] {
        InitialValues.alpha(plan.space.shape, mean: 1, deviation: 0.01, seed: 2).entries
    }

    static let step: RoundYields = [.weightGradient, .alphaGradient, .statistics]

    @Test(
        "A search's step gives both gradients, credits and statistics; the same bits again, others for another shard or step"
    )
    func searchStep() throws {
        let layout = WeightLayout.superNetwork(plan)
        func shard(_ number: Int, step: UInt64 = 3) throws -> (report: ShardReport, payload: Addend) {
            let job = job(.gradientBatch, .relaxed(temperature: 0.7), Self.step, step: step, table: alpha)
            return try load(job, search, layout).compute(shard: number)
        }
        let (report, payload) = try shard(1)
        #expect(
            report.imageCount == 8 && report.finite
                && payload.floats.count == layout.weightCount + layout.statisticCount)
        #expect(report.alphaGradient.count == 224 && report.credits.count == 224)
        // By its own draw: dL/dalpha sums to nothing over an edge, whatever the credits.
        for row in plan.space.shape.rows {
            #expect(abs(report.alphaGradient[row].reduce(0, +)) < 1e-5)
            #expect(report.credits[row.lowerBound] == 0, "none earns nothing")
        }
        let again = try shard(1)
        #expect(again.report == report && again.payload == payload)
        #expect(try shard(0).payload != payload)
        #expect(try shard(1, step: 4).report.alphaGradient != report.alphaGradient)
    }

    @Test(
        "Each stream has its own images, and softmax(alpha) is every shard's mixture; a payload holds what is asked for"
    )
    func bilevel() throws {
        var bilevel = search
        bilevel.method.search = .darts
        bilevel.data.trainPortion = 0.5
        let layout = WeightLayout.superNetwork(plan)
        func shard(_ images: RoundImages, _ mixing: Mixing, _ yields: RoundYields) throws -> (
            report: ShardReport, payload: Addend
        ) {
            try load(job(images, mixing, yields, table: alpha), bilevel, layout).compute(shard: 1)
        }
        let both = try shard(.searchBatch, .softmax, [.weightGradient, .alphaGradient])
        #expect(both.payload.floats.count == layout.weightCount && both.report.alphaGradient.count == 224)
        let credits = EdgeTable(plan.space.shape, both.report.credits)
        let sample = Softmax.sample(alpha: EdgeTable(plan.space.shape, alpha))
        #expect(sample.alphaGradient(credits: credits).entries == both.report.alphaGradient)
        let one = try shard(.searchBatch, .softmax, .alphaGradient)
        #expect(one.payload.floats.isEmpty && one.report.alphaGradient == both.report.alphaGradient)
        let weights = try shard(.searchBatch, .softmax, [.weightGradient, .statistics])
        #expect(
            Array(weights.payload.floats[..<layout.weightCount]) == both.payload.floats
                && weights.report.credits.isEmpty)
        let other = try shard(.gradientBatch, .softmax, .alphaGradient)
        #expect(other.report.loss != one.report.loss, "other images, other masks")
        let drawn = try shard(.searchBatch, .relaxed(temperature: 1), .alphaGradient)
        let elsewhere = try shard(.gradientBatch, .relaxed(temperature: 1), .alphaGradient)
        #expect(drawn.report.alphaGradient != elsewhere.report.alphaGradient)
    }

    @Test("A retraining's step has no alpha; its evaluation counts every image once, label by prediction")
    func derived() throws {
        var retraining = search
        retraining.retrain.genotype = Genotype.derived(
            from: EdgeTable(plan.space.shape, alpha), in: plan.space)
        let shape = ImageShape(channels: 1, height: 8, width: 8)
        let derived = try #require(retraining.derivedPlan(image: shape, classes: 10))
        let layout = WeightLayout.derivedNetwork(derived)
        let step = job(.gradientBatch, .none, [.weightGradient, .statistics], table: [])
        let (report, payload) = try load(step, retraining, layout).compute(shard: 0)
        #expect(report.alphaGradient.isEmpty && report.credits.isEmpty && report.finite)
        #expect(payload.floats.count == layout.weightCount + layout.statisticCount)
        let look = job(.heldOut, .none, .predictions, images: 100, table: [])
        let round = try load(look, retraining, layout, statistics: InitialValues.statistics(layout))
        let (count, counts) = try round.compute(shard: 1)
        let confusion = counts.floats
        #expect(count.imageCount == 36 && confusion.count == 101)
        #expect(confusion.dropLast().reduce(0, +) == 36)
        #expect(
            (0..<10).reduce(0) { $0 + Int(confusion[11 * $1]) } == count.hits && confusion[100] >= Float(count.hits))
    }

    @Test("A search's evaluation under a mixture only counts; the derived network's classes are asked for or not")
    func evaluation() throws {
        let layout = WeightLayout.superNetwork(plan)
        let table = EdgeTable<Float>(plan.space.shape, repeating: 0.125).entries
        let statistics = InitialValues.statistics(layout)
        func shard(_ yields: RoundYields) throws -> (report: ShardReport, payload: Addend) {
            let job = job(.heldOut, .given, yields, images: 100, table: table)
            return try load(job, search, layout, statistics: statistics).compute(shard: 0)
        }
        let (plain, counted) = (try shard([]), try shard(.predictions))
        #expect(plain.payload.floats.isEmpty && plain.report == counted.report && plain.report.imageCount == 64)
        #expect(counted.payload.floats.dropLast().reduce(0, +) == 64)
    }

    @Test("What a job lacks is told in a sentence: statistics, entries, gradients, images")
    func refusals() throws {
        let layout = WeightLayout.superNetwork(plan)
        func refusal(_ job: RoundJob, statistics: [Float]? = nil) -> String {
            do {
                _ = try load(job, search, layout, statistics: statistics).compute(shard: 1)
                return ""
            } catch { return "\(error)" }
        }
        #expect(
            refusal(job(.heldOut, .given, [], table: alpha)).contains("without its \(layout.statisticCount) statistics")
        )
        #expect(refusal(job(.gradientBatch, .relaxed(temperature: 1), Self.step, table: [1])).contains("224 are due"))
        #expect(
            refusal(job(.heldOut, .relaxed(temperature: 1), .alphaGradient, table: alpha)).contains("that are no batch")
        )
        #expect(
            refusal(job(.gradientBatch, .relaxed(temperature: 1), Self.step, step: 4000, table: alpha))
                .contains("beyond its images"))
        #expect(
            refusal(job(.gradientSample, .given, .statistics, images: 4000, table: alpha)).contains("images, "))
    }
}
