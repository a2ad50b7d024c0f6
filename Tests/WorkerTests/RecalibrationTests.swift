import Configuration
import Datasets
import Estimation
import Formats
import Network
import Optimization
import Randomness
import SearchSpace
import Testing
import Wire
import Worker

/// The batch statistics of an evaluation, computed by the real network.
@Suite
struct RecalibrationTests {
    /// Sums of the shards' payloads over so many images in shards of so many, divided once.
    private func statistics(images: Int, shardImages: Int) throws -> [Float] {
        var configuration = SearchConfiguration()
        configuration.space.initChannels = 4
        configuration.space.layers = 3
        configuration.data.trainPortion = 0.8
        configuration.evaluation.shardImages = shardImages
        let set = try RecognisedDataset(at: "digits").loadTraining()
        let welcome = Welcome(
            configuration: configuration.canonicalText, dataDigest: set.digest(),
            data: Blob(ByteView(set.canonicalBytes()), pieceBytes: 524_288).reference,
            layoutDigest: XXH3.hash128([]), pieceBytes: 524_288)
        let preparation = try NetworkPreparation(
            dataFolder: "digits", cacheFolder: nil, device: "cpu", path: .kernels
        ).prepare(welcome, data: nil)
        guard case .ready(let computing, _) = preparation else {
            Issue.record("the digits are wanted")
            return []
        }
        let plan = configuration.plan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 10)
        let layout = WeightLayout.superNetwork(plan)
        let alpha = InitialValues.alpha(plan.space.shape, mean: 1, deviation: 0.01, seed: 2)
        let mixture = GumbelSoftmax.sample(
            alpha: alpha, temperature: 1, seed: 2, purpose: .evaluationGumbel, step: 0, shard: 0
        ).mixture
        let shards = FixedShards.shardCount(size: shardImages, count: images)
        let job = RoundJob(
            .gradientSample, mixing: .given, yields: .statistics, step: 0, epoch: 0, stepInEpoch: 0,
            shardCount: shards, imageCount: images, table: mixture.entries)
        let weights = InitialValues.weights(layout, seed: 2)
        let blob = GatheredBlob(pieces: [ByteView(LittleEndian.bytes(of: weights))])
        let round = try computing.load(job, weights: blob, statistics: nil)
        var sum = [Float](repeating: 0, count: layout.statisticCount)
        for shard in 0..<shards {
            let (report, payload) = try round.compute(shard: shard)
            #expect(report.finite && report.imageCount == min(shardImages, images - shard * shardImages))
            for (entry, value) in payload.floats.enumerated() { sum[entry] += value }
        }
        return sum.map { $0 / Float(images) }
    }

    @Test("65 images in shards of 64 and 1 weigh alike: the first batch norm's mean is that of 65 shards of one image")
    func unequalShards() throws {
        let (pair, single) = (try statistics(images: 65, shardImages: 64), try statistics(images: 65, shardImages: 1))
        // The stem's own batch norm, of 12 channels, whose mean is the first entry: what comes after it saw another
        // normalisation.
        for channel in 0..<12 { #expect(abs(pair[channel] - single[channel]) < 1e-5, "channel \(channel)") }
        let shorter = try statistics(images: 64, shardImages: 64)
        let change = zip(pair, shorter).map { abs($0 - $1) }
        #expect(change.contains { $0 > 0 })
        // One image of 65 moves every mean and variance by about a 65th of what separates it from the rest.
        for (entry, value) in change.enumerated() {
            #expect(value <= 0.1 * (1 + abs(shorter[entry])), "entry \(entry)")
        }
    }
}
