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

/// A shard's logits, by a real network on the embedded digits.
@Suite
struct LogitRoundTests {
    @Test("A shard gives the logits that its predictions and its loss come from, cut as the coordinator cuts them")
    func shard() throws {
        let set = try RecognisedDataset(at: "digits").loadTraining()
        var configuration = SearchConfiguration()
        configuration.space.initChannels = 4
        configuration.space.layers = 3
        configuration.training.batchSize = 16
        configuration.training.shards = 2
        configuration.retrain.genotype = SearchSpace.darts(nodes: 2).uniform(.sepConv3x3)
        let image = ImageShape(channels: 1, height: 8, width: 8)
        let plan = try #require(configuration.derivedPlan(image: image, classes: 10))
        let layout = WeightLayout.derivedNetwork(plan)
        let welcome = Welcome(
            configuration: configuration.canonicalText, dataDigest: set.digest(),
            data: Blob(ByteView(set.canonicalBytes()), pieceBytes: 524_288).reference,
            layoutDigest: XXH3.hash128([]), pieceBytes: 524_288)
        let preparation = try NetworkPreparation(dataFolder: "digits", cacheFolder: nil, device: "cpu", path: .kernels)
            .prepare(welcome, data: nil)
        guard case .ready(let computing, _) = preparation else { throw UserError(.internalFault, "no digits") }
        func shard(_ yields: RoundYields) throws -> (report: ShardReport, payload: Addend) {
            let job = RoundJob(
                .heldOut, mixing: .none, yields: yields, step: 0, epoch: 0, stepInEpoch: 0, shardCount: 2,
                imageCount: 100)
            func blob(_ floats: [Float]) -> GatheredBlob {
                GatheredBlob(pieces: [ByteView(LittleEndian.bytes(of: floats))])
            }
            return try computing.load(
                job, weights: blob(InitialValues.weights(layout, seed: 2)),
                statistics: blob(InitialValues.statistics(layout))
            ).compute(shard: 1)
        }
        let (plain, gathered) = (try shard(.predictions), try shard([.predictions, .logits]))
        #expect(plain.report == gathered.report && plain.report.imageCount == 36)
        guard case .partial(let vector) = gathered.payload else {
            Issue.record("a whole vector")
            return
        }
        #expect(vector.whole == LogitPayload.parts(images: 100, classes: 10, shardImages: 64))
        #expect(vector.parts.parts == [1, 2] && Array(vector.floats.prefix(101)) == plain.payload.floats)
        let logits = vector.floats.dropFirst(101)
        try #require(logits.count == 360)
        // The confusion matrix' columns count predictions.
        var predicted = [Int](repeating: 0, count: 10)
        for image in 0..<36 {
            let row = Array(logits.dropFirst(10 * image).prefix(10))
            predicted[try #require(row.firstIndex(of: row.max() ?? 0))] += 1
        }
        let confusion = plain.payload.floats
        #expect(predicted == (0..<10).map { column in (0..<10).reduce(0) { $0 + Int(confusion[10 * $1 + column]) } })
        #expect(Set(logits).count > 300, "as many numbers as there are")
    }
}
