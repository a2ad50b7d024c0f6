import Configuration
import Datasets
import Estimation
import Formats
import Optimization
import SearchSpace
import Testing
import Training
import Wire
import Worker

/// Shards of methods that draw children, and of losses that a cost multiplies.
extension ShardComputationTests {
    private func child(_ job: RoundJob, _ shard: Int) throws -> CategoricalSample {
        let sample = job.sample(shard, noise: .independent, shape: plan.space.shape, seed: UInt64(search.run.seed))
        return try #require(sample as? CategoricalSample)
    }

    @Test("DSNAS computes the drawn operations alone, and alpha's gradient is r_k (1[k] - p) on each edge")
    func children() throws {
        let job = job(.gradientBatch, .categorical, Self.step, table: alpha)
        let layout = WeightLayout.superNetwork(plan)
        let (report, payload) = try load(job, search, layout).compute(shard: 1)
        let child = try child(job, 1)
        let chosen = child.mixture.entries
        #expect(zip(report.credits, chosen).allSatisfy { $0 == 0 || $1 == 1 } && report.credits.contains { $0 != 0 })
        for row in plan.space.shape.rows {
            let credit = row.reduce(0.0) { $0 + Double(report.credits[$1]) }
            for entry in row {
                let expected = credit * (Double(chosen[entry]) - child.probabilities.entries[entry])
                #expect(abs(expected - Double(report.alphaGradient[entry])) <= 1e-6 * max(abs(expected), 1e-3))
            }
        }
        for entry in layout.entries where entry.tableEntry.map({ chosen[$0] == 0 }) ?? false {
            #expect(payload.array[entry.range].allSatisfy { $0 == 0 }, "\(entry.name)")
        }
        // GDAS' draw of the same key at any temperature picks the same operations, and weighs alpha's gradient otherwise.
        let relaxed = self.job(.gradientBatch, .oneHot(temperature: 3), Self.step, table: alpha)
        let other = try load(relaxed, search, layout).compute(shard: 1)
        #expect(other.payload == payload && other.report.credits == report.credits)
        #expect(other.report.alphaGradient != report.alphaGradient)
    }

    private func policy() -> SearchConfiguration {
        var configuration = search
        configuration.method.search = .enas
        configuration.method.derive = .argmax
        return configuration
    }

    @Test("A child is judged on images as they are by its own batch norm: accuracy times score, and nothing else")
    func rewards() throws {
        var job = job(.rewardBatch, .categorical, .policyGradient, images: 100, table: alpha)
        job.dropPathProbability = 0
        let layout = WeightLayout.superNetwork(plan)
        let (report, payload) = try load(job, policy(), layout).compute(shard: 1)
        let child = try child(job, 1)
        #expect(payload.floats.isEmpty && report.credits.isEmpty && report.imageCount == 50 && report.loss == 0)
        #expect(report.hits > 0 && report.hits < 50)
        let accuracy = Double(report.hits) / 50
        for (entry, score) in child.score.entries.enumerated() {
            #expect(abs(Double(report.alphaGradient[entry]) + accuracy * score) < 1e-6)
        }
        // Neither masks nor crops are in it: another step's key gives another child, the same one gives the same hits.
        let again = try load(job, policy(), layout).compute(shard: 1)
        #expect(again.report == report)
        var uncropped = policy()
        uncropped.data.cropPadding = 0
        #expect(try load(job, uncropped, layout).compute(shard: 1).report == report, "no crop is in it")
        #expect(try load(job, policy(), layout).compute(shard: 0).report != report)
    }

    @Test("A factor multiplies what its shard gives of the weights and of alpha, and not the loss that it tells")
    func factors() throws {
        var job = job(.gradientBatch, .relaxed(temperature: 1), Self.step, table: alpha)
        let layout = WeightLayout.superNetwork(plan)
        let plain = try load(job, search, layout).compute(shard: 1)
        job.lossFactors = [7, 0.5]
        let scaled = try load(job, search, layout).compute(shard: 1)
        #expect(scaled.report.loss == plain.report.loss && scaled.report.hits == plain.report.hits)
        // Halves are exact.
        #expect(scaled.report.credits == plain.report.credits.map { $0 / 2 })
        #expect(scaled.report.alphaGradient == plain.report.alphaGradient.map { $0 / 2 })
        #expect(
            Array(scaled.payload.array[..<layout.weightCount])
                == plain.payload.array[..<layout.weightCount].map { $0 / 2 })
        #expect(
            scaled.payload.array[layout.weightCount...] == plain.payload.array[layout.weightCount...], "statistics stay"
        )
    }

    @Test("Candidates are seen on images that no other stream has, and a round of rewards needs enough images")
    func streams() throws {
        var configuration = policy()
        configuration.method.derive = .bestOf(4)
        let split = try DataSplit(set, configuration)
        let parts = [split.gradient, split.search, split.choosing, split.heldOut, split.judge]
        #expect(Set(parts.joined()).count == 1500 && parts.map(\.count).reduce(0, +) == 1500)
        #expect(split.choosing.count == 150 && split.heldOut.isEmpty)
        let drawn = try child(job(.gradientBatch, .categorical, Self.step, table: alpha), 0)
        var job = job(.choosing, .given, [], images: 150, table: drawn.mixture.entries)
        job.shardCount = 3
        let layout = WeightLayout.superNetwork(plan)
        let seen = try load(job, configuration, layout, statistics: InitialValues.statistics(layout)).compute(shard: 2)
        #expect(seen.report.imageCount == 22)
        let late = self.job(.rewardBatch, .categorical, .policyGradient, step: 400, images: 100, table: alpha)
        #expect(throws: (any Error).self) { try load(late, configuration, layout).compute(shard: 0) }
    }
}
