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

/// A group of shards as a device computes it, on the processor, beside its shards one by one: real networks on the embedded digits.
@Suite
struct GroupComputationTests {
    private let set: ImageSet

    init() throws { set = try RecognisedDataset(at: "digits").loadTraining() }

    private func search(_ change: (inout SearchConfiguration) -> Void = { _ in }) -> SearchConfiguration {
        var search = SearchConfiguration()
        search.space.initChannels = 4
        search.space.layers = 3
        search.space.cells.nodes = 2
        search.training.batchSize = 24
        search.training.shards = 4
        search.training.deviceShards = 2
        change(&search)
        return search
    }

    private func prepared(
        _ configuration: SearchConfiguration, isGrouped: Bool
    ) throws -> (run: any RoundComputing, readiness: Readiness) {
        let welcome = Welcome(
            configuration: configuration.canonicalText, dataDigest: set.digest(),
            data: Blob(ByteView(set.canonicalBytes()), pieceBytes: 524_288).reference,
            layoutDigest: XXH3.hash128([]), pieceBytes: 524_288)
        let preparation = NetworkPreparation(
            dataFolder: "digits", cacheFolder: nil, device: "cpu", path: .operators, isGrouped: isGrouped)
        guard case .ready(let run, let readiness) = try preparation.prepare(welcome, data: nil) else {
            throw UserError(.internalFault, "no digits")
        }
        return (run, readiness)
    }

    private func distance(_ ours: some Collection<Float>, _ theirs: some Collection<Float>) -> Double {
        guard ours.count == theirs.count else { return .infinity }
        let norm = theirs.reduce(0) { $0 + Double($1) * Double($1) }
        let difference = zip(ours, theirs).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
        return (difference / max(norm, 1e-30)).squareRoot()
    }

    /// A step's round of this mixing, from the run's first weights and alpha.
    private func job(
        _ configuration: SearchConfiguration, _ mixing: Mixing, _ yields: RoundYields, lossFactors: [Float] = []
    ) -> RoundJob {
        let shape = configuration.plan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 10).space.shape
        let alpha = InitialValues.alpha(shape, mean: 1, deviation: 0.5, seed: 2).entries
        var job = RoundJob(
            .gradientBatch, mixing: mixing, yields: yields, step: 3, epoch: 0, stepInEpoch: 3, shardCount: 4,
            imageCount: 24, dropPathProbability: 0.3, table: mixing == .none ? [] : alpha)
        job.lossFactors = lossFactors
        return job
    }

    /// The second group of two shards, and what its shards come to one by one.
    private func expectAlike(_ configuration: SearchConfiguration, _ job: RoundJob, _ layout: WeightLayout) throws {
        let weights = GatheredBlob(
            pieces: [ByteView(LittleEndian.bytes(of: InitialValues.weights(layout, seed: 2)))])
        func round(isGrouped: Bool) throws -> any LoadedRound {
            try prepared(configuration, isGrouped: isGrouped).run.load(job, weights: weights, statistics: nil)
        }
        let (alone, grouped) = (try round(isGrouped: false), try round(isGrouped: true))
        #expect(alone.groupShards == 1 && grouped.groupShards == 2)
        let (reports, payload) = try grouped.compute(group: 2..<4, threads: 1)
        let tree = ShardTree(shardCount: 2)
        var sum = TreeSum(tree: tree)
        for (place, report) in reports.enumerated() {
            let (own, part) = try alone.compute(shard: 2 + place)
            _ = sum.fill(tree.leaf(place), with: part)
            #expect(report.shard == own.shard && report.imageCount == own.imageCount && report.hits == own.hits)
            #expect(report.finite && abs(report.loss - own.loss) < 1e-5 * own.loss)
            #expect(distance(report.alphaGradient, own.alphaGradient) < 1e-4)
            #expect(distance(report.credits, own.credits) < 1e-4)
            #expect(own.credits.isEmpty == !job.yields.contains(.alphaGradient))
        }
        #expect(payload.parts == sum.addend?.parts)
        #expect(distance(payload.array, sum.total ?? []) < 1e-4)
    }

    @Test(
        "Losses, hits, credits, alpha's gradients and the sum are those of the shards one by one, for every way to mix",
        arguments: [
            Mixing.relaxed(temperature: 0.7), .floored(temperature: 0.3, floor: 0.05), .oneHot(temperature: 1),
            .categorical, .softmax,
        ])
    func mixings(mixing: Mixing) throws {
        let configuration = search()
        let plan = configuration.plan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 10)
        try expectAlike(
            configuration, job(configuration, mixing, [.weightGradient, .alphaGradient, .statistics]),
            .superNetwork(plan))
    }

    @Test("So are a round's that yields alpha's gradient alone, and one's whose losses have factors")
    func parts() throws {
        let configuration = search()
        let plan = configuration.plan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 10)
        let relaxed = Mixing.relaxed(temperature: 0.7)
        try expectAlike(configuration, job(configuration, relaxed, .alphaGradient), .superNetwork(plan))
        try expectAlike(
            configuration,
            job(
                configuration, relaxed, [.weightGradient, .alphaGradient, .statistics],
                lossFactors: [1, 2, 0.5, 3]), .superNetwork(plan))
    }

    @Test("So are a retraining's, with auxiliary head and smoothed labels")
    func retraining() throws {
        let configuration = search {
            $0.space.layers = 4
            $0.retrain.genotype = $0.space.searchSpace.uniform(.sepConv3x3)
            $0.retrain.labelSmoothing = 0.1
        }
        let plan = try #require(
            configuration.derivedPlan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 10))
        try expectAlike(
            configuration, job(configuration, .none, [.weightGradient, .statistics]), .derivedNetwork(plan))
    }

    @Test("A worker that computes groups has another probe; with groups of one shard it is as all others of its kind")
    func probes() throws {
        let pairs = search()
        let single = search { $0.training.deviceShards = 1 }
        func probe(_ configuration: SearchConfiguration, isGrouped: Bool) throws -> Digest128 {
            try prepared(configuration, isGrouped: isGrouped).readiness.probe
        }
        #expect(try probe(pairs, isGrouped: true) != probe(pairs, isGrouped: false))
        #expect(try probe(single, isGrouped: true) == probe(single, isGrouped: false))
        #expect(try probe(pairs, isGrouped: false) == probe(single, isGrouped: false))
    }

    @Test("Rounds that are not trained on go shard by shard: rewards, statistics, evaluations")
    func others() {
        let configuration = search()
        func size(_ images: RoundImages, _ yields: RoundYields) -> Int {
            RoundJob(
                images, mixing: .softmax, yields: yields, step: 0, epoch: 0, stepInEpoch: 0, shardCount: 4,
                imageCount: 24, table: [1]
            ).groupShards(in: configuration)
        }
        #expect(size(.gradientBatch, .weightGradient) == 2 && size(.searchBatch, .alphaGradient) == 2)
        #expect(size(.rewardBatch, .policyGradient) == 1 && size(.gradientSample, .statistics) == 1)
        #expect(size(.heldOut, .predictions) == 1 && size(.choosing, []) == 1)
    }
}
