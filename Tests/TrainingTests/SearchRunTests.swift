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
    func steps(_ reports: [RunReport]) -> [StepReport] {
        reports.compactMap { if case .step(let report) = $0 { report } else { nil } }
    }

    func epochs(_ reports: [RunReport]) -> [EpochReport] {
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
