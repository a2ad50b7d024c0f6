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

/// Steps of one operation an edge: what is drawn, and what of the vector is sent.
extension ShardComputationTests {
    /// Shard 1 of a step, and the draw that it made.
    private func drawn(
        _ mixing: Mixing, temperature: Double
    ) throws -> (report: ShardReport, payload: Addend, sample: RelaxedSample) {
        let job = job(.gradientBatch, mixing, Self.step, table: alpha)
        let (report, payload) = try load(job, search, .superNetwork(plan)).compute(shard: 1)
        let sample = GumbelSoftmax.stepSample(
            alpha: EdgeTable(plan.space.shape, alpha), temperature: temperature, noise: .independent,
            seed: UInt64(search.run.seed), step: 3, shard: 1, shardCount: 2)
        return (report, payload, sample)
    }

    @Test(
        "A temperature is the draw's: alpha's gradient is Z (r - sum Z r) / T of the very Z that the credits came from")
    func draw() throws {
        let (report, _, sample) = try drawn(.relaxed(temperature: 0.7), temperature: 0.7)
        let credits = EdgeTable(plan.space.shape, report.credits)
        #expect(sample.alphaGradient(credits: credits).entries == report.alphaGradient)
    }

    @Test(
        "GDAS computes the drawn operation of each edge alone: its credit, its weights and its statistics, and alpha's gradient is Z_k r_k (1[k] - Z) / tau"
    )
    func oneHot() throws {
        let layout = WeightLayout.superNetwork(plan)
        let (report, payload, sample) = try drawn(.oneHot(temperature: 2), temperature: 2)
        let drawn = sample.hardMixture.entries
        var expected: [Float] = []
        for row in plan.space.shape.rows {
            let chosen = try #require(row.first { drawn[$0] == 1 })
            let slope = sample.z.entries[chosen] * Double(report.credits[chosen]) / 2
            expected += row.map { Float(slope * (($0 == chosen ? 1 : 0) - sample.z.entries[$0])) }
        }
        #expect(zip(expected, report.alphaGradient).allSatisfy { abs($0 - $1) <= 1e-6 * max(abs($0), 1e-3) })
        #expect(zip(report.credits, drawn).allSatisfy { $0 == 0 || $1 == 1 } && report.credits.contains { $0 != 0 })
        // What is drawn behind a node that nothing reaches computes zeros.
        let whole = payload.array
        var seen = 0
        func check(_ values: ArraySlice<Float>, _ tableEntry: Int?, _ name: String) {
            if tableEntry.map({ drawn[$0] == 1 }) ?? true {
                if values.contains(where: { $0 != 0 }) { seen += 1 }
            } else {
                #expect(values.allSatisfy { $0 == 0 }, "\(name)")
            }
        }
        for entry in layout.entries { check(whole[entry.range], entry.tableEntry, entry.name) }
        for entry in layout.statistics {
            let first = layout.weightCount + entry.meanOffset
            check(whole[first..<first + 2 * entry.channels], entry.tableEntry, entry.name)
        }
        #expect(seen > 60)
    }

    @Test(
        "A payload of GDAS names the operations that were drawn, and has the floats of these alone, cut as the coordinator cuts it"
    )
    func partsOfOneHot() throws {
        let layout = WeightLayout.superNetwork(plan)
        let (_, payload, sample) = try drawn(.oneHot(temperature: 2), temperature: 2)
        let drawn = sample.hardMixture.entries.indices.filter { sample.hardMixture.entries[$0] == 1 }
        #expect(payload.parts?.parts == drawn + [plan.space.shape.count])
        func isSent(_ tableEntry: Int?) -> Bool { tableEntry.map(drawn.contains) ?? true }
        let weights = layout.entries.reduce(0) { $0 + (isSent($1.tableEntry) ? $1.count : 0) }
        let statistics = layout.statistics.reduce(0) { $0 + (isSent($1.tableEntry) ? 2 * $1.channels : 0) }
        #expect(payload.floats.count == weights + statistics)
        #expect(3 * payload.floats.count < layout.weightCount + layout.statisticCount)
        for yields: RoundYields in [Self.step, [.weightGradient, .alphaGradient], [.statistics, .alphaGradient]] {
            let job = job(.gradientBatch, .oneHot(temperature: 2), yields, table: alpha)
            let planned = PlannedRound(job, layout: layout, classes: 10)
            let own = try load(job, search, layout).compute(shard: 1).payload
            guard case .partial(let vector) = own else {
                Issue.record("a whole vector")
                return
            }
            #expect(vector.whole == planned.parts && vector.whole.count == planned.payloadCount)
            let isStatistics = !yields.contains(.weightGradient)
            let section =
                isStatistics
                ? layout.weightCount..<layout.weightCount + layout.statisticCount : 0..<planned.payloadCount
            #expect(own.array == Array(payload.array[section]) && own.parts == payload.parts)
        }
        let relaxed = job(.gradientBatch, .relaxed(temperature: 2), Self.step, table: alpha)
        #expect(PlannedRound(relaxed, layout: layout, classes: 10).parts == nil)
    }
}
