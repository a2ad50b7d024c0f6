import Configuration
import Formats
import SearchSpace
import Testing
import Training
import Wire

/// A retraining whose rounds are answered by made-up numbers: what a run does with sums, without any network.
private struct MadeUpRetraining {
    var run: TrainingRun

    init(change: (inout SearchConfiguration) -> Void = { _ in }) throws {
        var configuration = SearchConfiguration.retraining
        configuration.space.initChannels = 4
        configuration.space.layers = 3
        configuration.training.epochs = 4
        configuration.training.batchSize = 8
        configuration.training.shards = 2
        configuration.retrain.genotype = KnownGenotypes.named("DARTS_V2")
        change(&configuration)
        run = try TrainingRun(
            configuration, image: ImageShape(channels: 1, height: 8, width: 8), classes: 10, gradientImages: 26,
            heldOutImages: configuration.data.trainPortion < 1 ? 130 : 0)
    }

    /// Numbers that depend on step and position alone, of both signs.
    static func value(_ step: UInt64, _ position: Int) -> Float {
        Float((position &* 37 &+ Int(step) &* 101) % 41 - 20) / 64
    }

    func gradient(_ step: UInt64) -> [Float] { (0..<run.plan.layout.weightCount).map { Self.value(step, $0) } }

    func statistics(_ step: UInt64) -> [Float] {
        (0..<run.plan.layout.statisticCount).map { abs(Self.value(step, $0)) }
    }

    /// Answers one round and says what came of it; nil when the run is over.
    mutating func advance(spoil: (inout [Float], inout [ShardReport]) -> Void = { _, _ in }) -> [RunReport]? {
        guard let planned = run.nextRound() else { return nil }
        let job = planned.job
        #expect(job.table.isEmpty)
        var reports: [ShardReport] = []
        var left = job.imageCount
        for shard in 0..<job.shardCount {
            let images = job.yields.hasGradient ? job.imageCount / job.shardCount : min(64, left)
            left -= images
            reports.append(ShardReport(shard: shard, imageCount: images, loss: 2, hits: 1, finite: true))
        }
        var total: [Float]
        if job.yields.hasGradient {
            total = (gradient(job.step) + statistics(job.step)).map { Float(job.shardCount) * $0 }
            #expect(planned.statistics == nil)
        } else {
            // Label 3 is taken for 7 once in three images.
            total = [Float](repeating: 0, count: 101)
            total[33] = 80
            total[37] = 50
            total[100] = 120
            #expect(planned.statistics == run.state.statistics, "running, not recalibrated")
        }
        #expect(total.count == planned.payloadCount)
        spoil(&total, &reports)
        return run.absorb(job, total: total, reports: reports)
    }

    mutating func finish() -> [RunReport] {
        var all: [RunReport] = []
        while let reports = advance() { all += reports }
        return all
    }
}

@Suite
struct RetrainRunTests {
    private func steps(_ reports: [RunReport]) -> [StepReport] {
        reports.compactMap { if case .step(let report) = $0 { report } else { nil } }
    }

    private func epochs(_ reports: [RunReport]) -> [EpochReport] {
        reports.compactMap { if case .epoch(let report) = $0 { report } else { nil } }
    }

    @Test("The recipe's defaults are the papers'")
    func recipe() {
        let recipe = SearchConfiguration.retraining
        #expect(recipe.training.epochs == 600 && recipe.training.batchSize == 96 && recipe.training.shards == 8)
        #expect(recipe.training.learningRate == 0.025 && recipe.training.learningRateMin == 0)
        #expect(recipe.training.momentum == 0.9 && recipe.training.weightDecay == 3e-4 && recipe.training.gradClip == 5)
        #expect(recipe.training.dropPathProb == 0.2 && recipe.data.cutout && recipe.data.cutoutLength == 16)
        #expect(recipe.retrain.auxiliary && recipe.retrain.auxiliaryWeight == 0.4 && recipe.data.trainPortion == 1)
        #expect(recipe.space.initChannels == 36 && recipe.space.layers == 20)
    }

    @Test("The first step is the formulas' own: clipped mean gradient, SGD with decay, running statistics 0.9 and 0.1")
    func firstStep() throws {
        var retraining = try MadeUpRetraining()
        let before = retraining.run.state
        let gradient = retraining.gradient(0)
        let reports = retraining.advance() ?? []
        let report = try #require(steps(reports).first)
        let norm = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        #expect(norm > 5 && abs(report.weightGradientNorm - norm) < 1e-6 * norm)
        let after = retraining.run.state
        for position in stride(from: 0, to: gradient.count, by: 97) {
            let clipped = Double(gradient[position]) * 5 / (norm + 1e-6)
            let expected =
                Double(before.weights[position]) - 0.025 * (clipped + 3e-4 * Double(before.weights[position]))
            #expect(abs(Double(after.weights[position]) - expected) < 1e-6)
        }
        for (position, batch) in retraining.statistics(0).enumerated() {
            let expected = 0.9 * before.statistics[position] + 0.1 * batch
            #expect(abs(after.statistics[position] - expected) < 1e-6)
        }
        #expect(report.loss == 2 && report.hits == 2 && report.images == 8)
        #expect(report.digests == after.digests && after.digests != before.digests && after.digests.alpha == nil)
    }

    @Test("Over the epochs the learning rate falls by a cosine to zero, and drop path rises as epoch / epochs")
    func schedules() throws {
        var retraining = try MadeUpRetraining()
        let told = steps(retraining.finish())
        #expect(told.map(\.step) == Array(0..<12) && told.map(\.epoch) == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3])
        let rates = told.map { ($0.learningRate * 1e9).rounded() / 1e9 }
        #expect(rates[0] == 0.025 && rates[3] == 0.021338835 && rates[6] == 0.0125 && rates[9] == 0.003661165)
        let drops = told.map { ($0.dropPathProbability * 1e9).rounded() / 1e9 }
        #expect(drops == [0, 0, 0, 0.05, 0.05, 0.05, 0.1, 0.1, 0.1, 0.15, 0.15, 0.15])
        var short = try MadeUpRetraining { $0.training.maxSteps = 5 }
        #expect(steps(short.finish()) == Array(told.prefix(5)), "a run that is cut off has the long run's schedules")
    }

    @Test("Held-out images are seen after an epoch with the running statistics; without any an epoch is only reported")
    func heldOut() throws {
        var without = try MadeUpRetraining()
        let plain = epochs(without.finish())
        #expect(plain.map(\.epoch) == [0, 1, 2, 3] && plain.allSatisfy { $0.trained == nil && $0.trainLoss == 2 })
        #expect(plain.allSatisfy { $0.trainAccuracy == 0.25 })
        var with = try MadeUpRetraining {
            $0.data.trainPortion = 0.5
            $0.evaluation.everyEpochs = 3
        }
        let seen = epochs(with.finish()).map(\.trained)
        #expect(seen.map { $0 != nil } == [false, false, true, true], "every third epoch and the last")
        let count = try #require(seen[2])
        #expect(count.images == 130 && count.hits == 80 && count.topFiveHits == 120)
        #expect(count.loss == 3 * 2 / 130.0, "losses of shards are sums")
        #expect(count.accuracy(of: 3).hits == 80 && count.accuracy(of: 3).images == 130 && count.row(3).last == 0)
        #expect(count.accuracy(of: 5).images == 0)
        #expect(abs(count.topOne.standardError - (80.0 / 130 * 50 / 130 / 130).squareRoot()) < 1e-12)
    }

    @Test("Whatever is not finite skips the step: the state stays but for its counters", arguments: 0..<4)
    func skips(place: Int) throws {
        var retraining = try MadeUpRetraining()
        _ = retraining.advance()
        let before = retraining.run.state
        let told = retraining.advance { total, reports in
            switch place {
            case 0: total[7] = .nan
            case 1: total[total.count - 1] = .infinity
            case 2: reports[0].loss = .nan
            default: reports[1].finite = false
            }
        }
        #expect(steps(told ?? []).first?.isSkipped == true)
        let after = retraining.run.state
        #expect(after.weights == before.weights && after.velocity == before.velocity)
        #expect(after.statistics == before.statistics && after.fingerprint == before.fingerprint)
        #expect(after.step == 2 && after.skippedSteps == 1)
    }

    @Test("A run that goes on from any of its checkpoints ends in the same state, reports included")
    func resumes() throws {
        func make() throws -> MadeUpRetraining { try MadeUpRetraining { $0.data.trainPortion = 0.5 } }
        var reference = try make()
        let whole = reference.finish()
        for stop in 1..<12 {
            var first = try make()
            var reports: [RunReport] = []
            while first.run.state.step < stop { reports += first.advance() ?? [] }
            let files = first.run.state.checkpointFiles(runIdentity: "r", configuration: "c")
            var second = try make()
            var state = second.run.state
            try state.restore(tensors: files[0].bytes, counters: files[1].bytes, source: "checkpoint")
            #expect(state == first.run.state)
            second.run.resume(from: state)
            reports += second.finish()
            #expect(second.run.state == reference.run.state && reports == whole, "stopped after step \(stop)")
        }
    }

    @Test("A checkpoint of a retraining that is not finite is never made, and one that says so is refused")
    func notFinite() async throws {
        await #expect(processExitsWith: .failure) {
            var state = try MadeUpRetraining().run.state
            state.statistics[3] = .nan
            _ = state.checkpointFiles(runIdentity: "r", configuration: "c")
        }
        let files = try MadeUpRetraining().run.state.checkpointFiles(runIdentity: "r", configuration: "c")
        let file = try SafetensorsFile.parse(files[0].bytes, source: "c")
        for (place, tensor) in file.tensors.enumerated() {
            var forged = file
            var values = tensor.values
            values[1] = -.infinity
            forged.tensors[place] = .init(name: tensor.name, shape: tensor.shape, values: values)
            let bytes = forged.serialized()
            let counters = String(decoding: files[1].bytes, as: UTF8.self).replacing(
                Hexadecimal.string(SHA256.digest(files[0].bytes)), with: Hexadecimal.string(SHA256.digest(bytes)))
            var state = try MadeUpRetraining().run.state
            do {
                try state.restore(tensors: bytes, counters: Array(counters.utf8), source: "checkpoint")
                Issue.record("\(tensor.name) was taken")
            } catch { #expect(error.reason == "tensor '\(tensor.name)' holds what is not finite") }
        }
    }

    @Test("A checkpoint with one changed byte, another network's or a search's is refused")
    func damaged() throws {
        var retraining = try MadeUpRetraining()
        _ = retraining.advance()
        let files = retraining.run.state.checkpointFiles(runIdentity: "r", configuration: "c")
        func expectRefusal(_ tensors: [UInt8], _ counters: [UInt8], _ state: RunState, saying part: String) {
            var state = state
            do {
                try state.restore(tensors: tensors, counters: counters, source: "checkpoint")
                Issue.record("a damaged checkpoint was taken")
            } catch { #expect(error.reason.contains(part), "\(error)") }
        }
        var flipped = files[0].bytes
        flipped[flipped.count - 9] ^= 4
        expectRefusal(flipped, files[1].bytes, retraining.run.state, saying: "damaged")
        let larger = try MadeUpRetraining { $0.space.initChannels = 8 }.run.state
        expectRefusal(files[0].bytes, files[1].bytes, larger, saying: "'weights' has")
        let text = String(decoding: files[1].bytes, as: UTF8.self)
        expectRefusal(
            files[0].bytes, Array(text.replacing("\"retraining\"", with: "\"search\"").utf8), retraining.run.state,
            saying: "retraining")
    }
}
