import Configuration
import SearchSpace
import Testing
import Training
import Wire

/// Signal and noise of alpha's gradient, and what is there against the noise.
@Suite
struct NoiseTests {
    private func steps(_ reports: [RunReport]) -> [StepReport] {
        reports.compactMap { if case .step(let report) = $0 { report } else { nil } }
    }

    private func epochs(_ reports: [RunReport]) -> [EpochReport] {
        reports.compactMap { if case .epoch(let report) = $0 { report } else { nil } }
    }

    @Test("Signal and noise are the unbiased estimates in closed form; antithetic pairs count as one")
    func closedForm() throws {
        // Mean (2, 1); distances 1 + 1 + 4 + 4 + 1 + 1 in all.
        let four: [[Float]] = [[1, 1], [3, 1], [2, 3], [2, -1]]
        let spread = try #require(GradientSpread(of: four, noise: .independent))
        #expect(abs(spread.noise - 10.0 / 12) < 1e-12 && abs(spread.signal - (5 - 10.0 / 12)) < 1e-12)
        // Pairs (2, 1) and (2, 1).
        let pairs = try #require(GradientSpread(of: four, noise: .antithetic))
        #expect(pairs.noise == 0 && pairs.signal == 5)
        #expect(GradientSpread(of: Array(four.prefix(1)), noise: .independent) == nil)
        #expect(GradientSpread(of: Array(four.prefix(2)), noise: .antithetic) == nil)
        #expect(GradientSpread(of: Array(four.prefix(3)), noise: .antithetic) == nil)
    }

    @Test("Over many steps of pure noise the signal averages to nothing")
    func unbiased() {
        var (signal, noise) = (0.0, 0.0)
        var state: UInt64 = 7
        func next() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
        }
        for _ in 0..<2000 {
            let spread = GradientSpread(of: (0..<4).map { _ in (0..<8).map { _ in next() } }, noise: .independent)
            signal += spread?.signal ?? .nan
            noise += spread?.noise ?? .nan
        }
        // Eight entries of variance 1/3 each, over four shards.
        #expect(abs(noise / 2000 - 8.0 / 12) < 0.02)
        #expect(abs(signal / 2000) < 0.02)
    }

    @Test(
        "Every step tells signal and noise of its shards' gradients, and the epoch their mean, through a checkpoint too"
    )
    func reports() throws {
        var search = MadeUpSearch()
        let all = search.finish()
        let told = steps(all)
        for report in told {
            let gradients = (0..<2).map { shard in (0..<224).map { MadeUpSearch.value(UInt64(report.step), $0 + shard) }
            }
            let expected = try #require(GradientSpread(of: gradients, noise: .independent))
            #expect(report.search?.alphaGradient == expected && expected.noise > 0)
        }
        let mean = told.prefix(3).compactMap { $0.search?.alphaGradient?.noise }.reduce(0, +) / 3
        #expect(abs((epochs(all)[0].search?.alphaGradient?.noise ?? 0) - mean) < 1e-12)
    }

    @Test("The cell is derived from alpha's mean over the last share of the epochs, bit by bit the same after a resume")
    func average() throws {
        func make() -> MadeUpSearch {
            MadeUpSearch {
                $0.architecture.learningRate = 0.2
                $0.architecture.alphaAverage = 0.67
                $0.evaluation.networks = [.derived]
            }
        }
        var search = make()
        var sum = [Double](repeating: 0, count: 224)
        var reports: [RunReport] = []
        while let step = search.advance() {
            reports += step
            // Two of three epochs, three steps each.
            if let report = steps(step).first, report.step >= 3 {
                for (entry, value) in search.run.state.alpha.entries.enumerated() { sum[entry] += Double(value) }
            }
        }
        let state = search.run.state
        #expect(state.searched.mean.steps == 6 && state.searched.mean.sum == sum)
        #expect(
            state.searched.derivedAlpha.entries == sum.map { Float($0 / 6) }
                && state.searched.derivedAlpha != state.alpha)
        let told = epochs(reports)
        #expect(told.last?.search?.genotype == .derived(from: state.searched.derivedAlpha, in: search.space))
        var first = make()
        for _ in 0..<8 { _ = first.advance() }
        let files = first.run.state.checkpointFiles(runIdentity: "r", configuration: "c")
        var second = make()
        var restored = second.run.state
        try restored.restore(tensors: files[0].bytes, counters: files[1].bytes, source: "checkpoint")
        second.run.resume(from: restored)
        _ = second.finish()
        #expect(second.run.state == state)
        var plain = MadeUpSearch { $0.architecture.learningRate = 0.2 }
        _ = plain.finish()
        #expect(plain.run.state.searched.derivedAlpha == plain.run.state.alpha, "without a share the last alpha counts")
        #expect(plain.run.state.alpha == state.alpha, "averaging feeds no step")
    }

    @Test("The chance to drop an operation without weights falls linearly from the first step to the last")
    func dropout() {
        var search = MadeUpSearch {
            $0.architecture.parameterlessDropout = 0.4
            $0.evaluation.networks = [.derived]
        }
        var chances: [Double] = []
        while let planned = search.run.nextRound() {
            if planned.job.yields.hasGradient { chances.append(planned.job.operationDropProbability) }
            #expect(planned.job.yields.hasGradient || planned.job.operationDropProbability == 0)
            _ = search.advance()
        }
        #expect(chances.count == 9)
        for (step, chance) in chances.enumerated() { #expect(abs(chance - 0.4 * (1 - Double(step) / 8)) < 1e-12) }
    }
}
