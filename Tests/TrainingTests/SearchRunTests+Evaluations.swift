import Configuration
import Estimation
import Formats
import Optimization
import Randomness
import SearchSpace
import Testing
import Training
import Wire

/// What a search looks at between its epochs.
extension SearchRunTests {
    @Test(
        "An evaluation sees draws soft and hard, the argmax of alpha and the two strongest edges, each statistics first"
    )
    func evaluatedNetworks() throws {
        var search = MadeUpSearch {
            $0.architecture.learningRate = 0.1
            $0.evaluation.draws = 2
        }
        for _ in 0..<3 { _ = search.advance() }
        let before = search.run.state
        var tables: [[Float]] = []
        var places: [RoundPlace] = []
        while let planned = search.run.nextRound(), !planned.job.yields.hasGradient {
            if planned.job.yields == .statistics {
                tables.append(planned.job.table)
            } else {
                #expect(planned.job.table == tables.last, "it is evaluated with the statistics of its own mixture")
            }
            #expect(planned.job.dropPathProbability == 0)
            places += [planned.place].compactMap { $0 }
            let reports = search.advance() ?? []
            #expect(reports.isEmpty == (tables.count < 6 || planned.job.yields == .statistics))
        }
        var after = search.run.state
        #expect(after.fingerprint == before.fingerprint && after.evaluatedEpochs == 1)
        after.evaluatedEpochs = 0
        #expect(after == before, "an evaluation counts itself and leaves everything else")
        try #require(tables.count == 6)
        let alpha = before.alpha
        for draw in 0..<2 {
            let sample = GumbelSoftmax.sample(
                alpha: alpha, temperature: 1, seed: 2, purpose: .evaluationGumbel, step: 0, shard: UInt32(draw))
            #expect(tables[draw] == sample.mixture.entries)
            #expect(tables[2 + draw] == sample.hardMixture.entries)
        }
        #expect(tables[4] == EdgeTable.oneHot(.derived(from: alpha, in: search.space), in: search.space).entries)
        #expect(tables[5] == alpha.strongestEdges(in: search.space).entries)
        #expect(Set(tables).count == 6)
        #expect(places.map(\.number) == Array(1...12) && places.allSatisfy { $0.count == 12 && $0.epoch == 0 })
        #expect(places[2].subject == "soft sample, draw 2 of 2, statistics")
        #expect(places[11].subject == "top-2")
    }

    @Test("Where nothing is drawn, softmax(alpha) is looked at once, and no report tells a temperature")
    func evaluatedWithoutDraws() throws {
        var search = MadeUpSearch {
            $0.method.search = .darts
            $0.method.level = .single
        }
        var told: [RunReport] = []
        for _ in 0..<3 { told += search.advance() ?? [] }
        let alpha = search.run.state.searched.alpha
        var tables: [[Float]] = []
        while let planned = search.run.nextRound(), !planned.job.yields.hasGradient {
            if planned.job.yields == .statistics { tables.append(planned.job.table) }
            told += search.advance() ?? []
        }
        // The derived network is DARTS' top-2, which is not looked at besides.
        try #require(tables.count == 3)
        #expect(tables[0] == alpha.probabilities().entries.map { Float($0) })
        #expect(tables[1] == alpha.probabilities().oneHot().entries)
        #expect(tables[2] == alpha.strongestEdges(in: search.space).entries)
        #expect(steps(told).allSatisfy { $0.search != nil && $0.search?.temperature == nil })
        #expect(epochs(told).first?.search != nil && epochs(told).first?.search?.temperature == nil)
    }

    @Test("What rests on draws is told as their mean, with its standard error over them")
    func standardError() {
        let draws = [0.9, 0.8].map { EpochReport.Accuracy(loss: 1 - $0, accuracy: $0, images: 100) }
        let mean = EpochReport.Accuracy(mean: draws)
        #expect(mean.draws == 2 && mean.images == 100)
        #expect(abs(mean.accuracy - 0.85) < 1e-12 && abs(mean.loss - 0.15) < 1e-12)
        // Deviation 0.0707, over the square root of two.
        #expect(abs((mean.standardError ?? 0) - 0.05) < 1e-12)
        #expect(EpochReport.Accuracy(mean: [draws[0]]) == draws[0] && draws[0].standardError == nil)
    }

    @Test(
        "Statistics come times their shard's images and are divided once by all of them, however unequal the shards are"
    )
    func recalibration() throws {
        var search = MadeUpSearch {
            $0.evaluation.recalibrationImages = 13
            $0.evaluation.shardImages = 8
        }
        for _ in 0..<3 { _ = search.advance() }
        let first = search.run.nextRound()
        let recalibrating = try #require(first)
        #expect(recalibrating.job.images == .gradientSample && recalibrating.job.imageCount == 13)
        // Shards of 8 and 5 images: (8 x 1 + 5 x 3) / 13, not (1 + 3) / 2.
        let total = [Float](repeating: 8 * 1 + 5 * 3, count: recalibrating.payloadCount)
        let reports = [(0, 8), (1, 5)].map { shard, images in
            ShardReport(shard: shard, imageCount: images, loss: 0, hits: 0, finite: true)
        }
        _ = search.run.absorb(recalibrating.job, total: total, reports: reports)
        let second = search.run.nextRound()
        let statistics = try #require(second?.statistics)
        #expect(statistics.allSatisfy { $0 == 23 / 13 })
    }

    @Test("Networks that are left out take no rounds, and the steps stay the same")
    func fewerNetworks() {
        var all = MadeUpSearch()
        var fewer = MadeUpSearch { $0.evaluation.networks = [.derived] }
        let (whole, part) = (all.finish(), fewer.finish())
        #expect(steps(whole) == steps(part))
        #expect(epochs(part).allSatisfy { Set($0.heldOut.keys) == [.derived] })
        #expect(all.run.state == fewer.run.state)
    }
}
