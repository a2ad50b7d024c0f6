import Configuration
import Estimation
import Formats
import Optimization
import Randomness
import SearchSpace
import Testing
import Training
import Wire

@Suite
struct SearchRunTests {
    private func steps(_ reports: [RunReport]) -> [StepReport] {
        reports.compactMap { if case .step(let report) = $0 { report } else { nil } }
    }

    private func epochs(_ reports: [RunReport]) -> [EpochReport] {
        reports.compactMap { if case .epoch(let report) = $0 { report } else { nil } }
    }

    @Test("The first step is the formulas' own: clipped mean gradient, SGD with decay, Adam's first step, 0.9 and 0.1")
    func firstStep() throws {
        var search = MadeUpSearch()
        let before = search.run.state
        let next = search.run.nextRound()
        let planned = try #require(next)
        let gradient = search.gradient(planned.job)
        let statistics = search.statistics(planned.job)
        let alphaGradient = (0..<planned.job.table.count).map { position in
            (0..<2).map { Double(search.alphaGradient(planned.job, shard: $0)[position]) }.reduce(0, +) / 2
        }
        let reports = search.advance() ?? []
        let report = try #require(steps(reports).first)
        let norm = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        #expect(norm > 5 && abs(report.weightGradientNorm - norm) < 1e-6 * norm)
        #expect(report.learningRate == 0.025 && report.search?.temperature == 1)
        let after = search.run.state
        for position in stride(from: 0, to: gradient.count, by: 97) {
            let clipped = Double(gradient[position]) * 5 / (norm + 1e-6)
            let expected =
                Double(before.weights[position]) - 0.025 * (clipped + 3e-4 * Double(before.weights[position]))
            #expect(abs(Double(after.weights[position]) - expected) < 1e-6)
        }
        // Adam's first step is rate * g / (|g| + eps) whatever the size of g; g holds the coupled decay.
        for (position, value) in alphaGradient.enumerated() {
            let start = Double(before.alpha.entries[position])
            let decayed = value + 1e-3 * start
            let expected = start - 3e-4 * decayed / (abs(decayed) + 1e-8)
            #expect(abs(Double(after.alpha.entries[position]) - expected) < 2e-7)
        }
        for position in statistics.indices {
            let expected = 0.9 * before.statistics[position] + 0.1 * statistics[position]
            #expect(abs(after.statistics[position] - expected) < 1e-6)
        }
    }

    @Test("A run is epochs of whole batches, each followed by two evaluation rounds a pass, and then it is over")
    func wholeRun() {
        var search = MadeUpSearch()
        var rounds: [RoundYields] = []
        var reports: [RunReport] = []
        while let planned = search.run.nextRound() {
            rounds.append(planned.job.yields)
            reports += search.advance() ?? []
        }
        // Four draws soft, four hard, derived, top-2.
        let seen: [[RoundYields]] = (0..<10).map { _ in [.statistics, []] }
        let step: RoundYields = [.weightGradient, .alphaGradient, .statistics]
        let epoch = [step, step, step] + seen.flatMap { $0 }
        #expect(rounds == epoch + epoch + epoch)
        #expect(steps(reports).map(\.step) == Array(0..<9))
        let told = epochs(reports)
        #expect(told.map(\.epoch) == [0, 1, 2])
        #expect(told.map { (($0.search?.temperature ?? 0) * 1e9).rounded() / 1e9 } == [1, 0.515, 0.03])
        for network in EvaluatedNetwork.allCases {
            let one = EpochReport.Accuracy(loss: 0.2, accuracy: 0.1, images: 10)
            let mean = EpochReport.Accuracy(mean: Array(repeating: one, count: network.isDrawn ? 4 : 1))
            #expect(told.allSatisfy { $0.heldOut[network] == mean })
        }
        #expect(told.allSatisfy { $0.trainAccuracy == 0.25 && $0.trainLoss == 2 })
        // Credits are the mean over the epoch's steps and shards.
        let expected =
            (0..<3).map { step in
                Double(MadeUpSearch.value(step, 5) + MadeUpSearch.value(step, 6)) / 2
            }.reduce(0, +) / 3
        #expect(abs((told[0].search?.credits.entries[5] ?? 0) - expected) < 1e-9)
    }

    @Test("Steps stopped early are the long run's own first steps, schedules included")
    func maxSteps() {
        var long = MadeUpSearch()
        var short = MadeUpSearch { $0.training.maxSteps = 4 }
        let whole = steps(long.finish())
        let reports = short.finish()
        #expect(steps(reports) == Array(whole.prefix(4)))
        #expect(epochs(reports).map(\.epoch) == [0, 1], "the broken epoch is evaluated too")
        #expect(epochs(reports)[1].search?.temperature == 0.515)
    }

    @Test(
        "Whatever is not finite skips the step: the state stays but for its counters, and the schedules go on",
        arguments: 0..<5)
    func skips(place: Int) throws {
        var search = MadeUpSearch()
        _ = search.advance()
        let before = search.run.state
        let told = search.advance { total, reports in
            switch place {
            case 0: total[7] = .nan
            case 1: total[total.count - 1] = .infinity
            case 2: reports[1].alphaGradient[3] = .nan
            case 3: reports[0].loss = .nan
            default: reports[1].finite = false
            }
        }
        let report = try #require(steps(told ?? []).first)
        #expect(report.isSkipped && report.step == 1)
        let after = search.run.state
        #expect(after.weights == before.weights && after.alpha == before.alpha && after.velocity == before.velocity)
        #expect(after.statistics == before.statistics && after.architecture == before.architecture)
        #expect(after.fingerprint == before.fingerprint)
        #expect(after.step == 2 && after.skippedSteps == 1)
        let later = search.advance() ?? []
        let next = try #require(steps(later).first)
        #expect(!next.isSkipped && next.step == 2)
        #expect(search.run.state.weights.allSatisfy { $0.isFinite })
    }

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

    @Test("A run that goes on from a checkpoint of any moment ends in the same state, each report told once")
    func resumes() throws {
        var reference = MadeUpSearch()
        let whole = reference.finish()
        let rounds = 3 * (3 + 2 * 10)
        for stop in 1..<rounds {
            var first = MadeUpSearch()
            var reports: [RunReport] = []
            for _ in 0..<stop { reports += first.advance() ?? [] }
            let files = first.run.state.checkpointFiles(runIdentity: "r", configuration: "c")
            var second = MadeUpSearch()
            var state = second.run.state
            try state.restore(tensors: files[0].bytes, counters: files[1].bytes, source: "checkpoint")
            #expect(state == first.run.state)
            second.run.resume(from: state)
            reports += second.finish()
            #expect(second.run.state == reference.run.state, "stopped after round \(stop)")
            #expect(reports == whole, "stopped after round \(stop)")
        }
    }

    @Test("A checkpoint of what is not finite is never made: it is this program's own fault, and the process ends")
    func notFinite() async {
        await #expect(processExitsWith: .failure) {
            var state = MadeUpSearch().run.state
            state.velocity[3] = .infinity
            _ = state.checkpointFiles(runIdentity: "r", configuration: "c")
        }
        let state = MadeUpSearch().run.state
        #expect(state.isFinite)
        let spoilers: [(inout RunState) -> Void] = [
            { $0.weights[1] = .nan }, { $0.velocity[1] = -.infinity }, { $0.statistics[1] = .infinity },
            { $0.alpha.entries[1] = .nan }, { $0.alpha.entries[113] = .infinity },
            { $0.searched.firstMoments[1] = .nan }, { $0.searched.secondMoments[1] = .infinity },
            { $0.searched.targetMultiplier = .nan },
        ]
        for (place, spoil) in spoilers.enumerated() {
            var spoilt = state
            spoil(&spoilt)
            #expect(!spoilt.isFinite, "\(place)")
        }
    }

    @Test(
        "A checkpoint that says of a value that it is not finite is refused by the tensor's name, whatever its digests say"
    )
    func notFiniteRead() throws {
        let files = MadeUpSearch().run.state.checkpointFiles(runIdentity: "r", configuration: "c")
        let file = try SafetensorsFile.parse(files[0].bytes, source: "c")
        for (place, tensor) in file.tensors.enumerated() {
            var forged = file
            var values = tensor.values
            values[values.count - 1] = place % 2 == 0 ? .nan : .infinity
            forged.tensors[place] = .init(name: tensor.name, shape: tensor.shape, values: values)
            let bytes = forged.serialized()
            let counters = String(decoding: files[1].bytes, as: UTF8.self).replacing(
                Hexadecimal.string(SHA256.digest(files[0].bytes)), with: Hexadecimal.string(SHA256.digest(bytes)))
            var state = MadeUpSearch().run.state
            do {
                try state.restore(tensors: bytes, counters: Array(counters.utf8), source: "checkpoint")
                Issue.record("\(tensor.name) was taken")
            } catch { #expect(error.reason == "tensor '\(tensor.name)' holds what is not finite") }
        }
        #expect(file.tensors.count == 7)
    }

    @Test("A checkpoint with one changed byte, another network's or another format is refused")
    func damaged() throws {
        var search = MadeUpSearch()
        _ = search.advance()
        let files = search.run.state.checkpointFiles(runIdentity: "r", configuration: "c")
        let fresh = MadeUpSearch().run.state
        func expectRefusal(_ tensors: [UInt8], _ counters: [UInt8], _ state: RunState, saying part: String) {
            var state = state
            do {
                try state.restore(tensors: tensors, counters: counters, source: "checkpoint")
                Issue.record("a damaged checkpoint was taken")
            } catch { #expect(error.reason.contains(part), "\(error)") }
        }
        var flipped = files[0].bytes
        flipped[flipped.count - 9] ^= 4
        expectRefusal(flipped, files[1].bytes, fresh, saying: "damaged")
        let text = String(decoding: files[1].bytes, as: UTF8.self)
        expectRefusal(
            files[0].bytes, Array(text.replacing("\"format\": 1", with: "\"format\": 2").utf8), fresh,
            saying: "format 1")
        expectRefusal(
            files[0].bytes, Array(text.replacing("\"step\": 1", with: "\"step\": -1").utf8), fresh, saying: "step")
        let larger = MadeUpSearch { $0.space.initChannels = 8 }.run.state
        expectRefusal(files[0].bytes, files[1].bytes, larger, saying: "'weights' has 72638 values")
    }

    @Test("Temperature falls by step where that is asked for, to its end in the last step")
    func byStep() {
        var search = MadeUpSearch {
            $0.temperature.byStep = true
            $0.temperature.shape = .exponential
            $0.temperature.start = 10
            $0.temperature.end = 0.001
        }
        let temperatures = steps(search.finish()).map { $0.search?.temperature ?? 0 }
        #expect(abs(temperatures[0] - 10) < 1e-12 && abs(temperatures[8] - 0.001) < 1e-12)
        for (former, latter) in zip(temperatures, temperatures.dropFirst()) {
            #expect(abs(latter / former - 0.31622776601683794) < 1e-9)
        }
    }
}

/// What tests ask of a search's state.
extension RunState {
    var searched: ArchitectureState {
        get {
            guard let architecture else { preconditionFailure("a state of a search") }
            return architecture
        }
        set { architecture = newValue }
    }

    var alpha: EdgeTable<Float> {
        get { searched.alpha }
        set { searched.alpha = newValue }
    }
}
