import Configuration
import Optimization
import SearchSpace
import Testing
import Training
import Wire

@Suite
struct BilevelSearchTests {
    private func distance(_ left: [Double], _ right: [Double]) -> Double {
        let norm = right.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return zip(left, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot() / norm
    }

    @Test(
        "First order: alpha's gradient on its own images at the weights as they are, then the weights' under the new alpha"
    )
    func firstOrder() throws {
        var search = HandMadeSearch(unrolled: false)
        let (weights, alpha) = (search.weights, search.alpha)
        _ = search.advance()
        #expect(search.run.isInsideStep && search.weights == weights && search.alpha == alpha, "nothing is decided yet")
        search.step()
        #expect(search.rounds.map(\.job.images) == [.searchBatch, .gradientBatch])
        #expect(search.rounds.map(\.job.yields) == [.alphaGradient, [.weightGradient, .statistics]])
        #expect(search.rounds.allSatisfy { $0.weights == .current && $0.job.mixing == .softmax })
        #expect(
            distance(search.firstGradient, HandMadeSearch.Loss.search.alphaSlopes(weights, entries: alpha.count)) < 1e-6
        )
        #expect(search.rounds[1].job.table.map { Double($0) } == search.alpha && search.alpha != alpha)
        let slopes = HandMadeSearch.Loss.train.weightSlopes(weights, search.alpha)
        let expected = weights.indices.map { weights[$0] - 0.025 * (slopes[$0] + 3e-4 * weights[$0]) }
        #expect(distance(search.weights, expected) < 1e-6)
    }

    @Test(
        "Second order: alpha's gradient looks through a step of the weights, momentum and decay included; five rounds")
    func secondOrder() throws {
        var search = HandMadeSearch(unrolled: true)
        search.step()
        let (weights, alpha) = (search.weights, search.alpha)
        let velocity = search.run.state.velocity.map { Double($0) }
        #expect(velocity.contains { $0 != 0 })
        let moments = search.run.state.architecture?.firstMoments.map { Double($0) } ?? []
        search.step()
        let own = Array(search.rounds.suffix(5))
        #expect(
            own.map(\.job.images) == [.gradientBatch, .searchBatch, .gradientBatch, .gradientBatch, .gradientBatch])
        #expect(
            own.map(\.job.yields) == [
                .weightGradient, [.weightGradient, .alphaGradient], .alphaGradient, .alphaGradient,
                [.weightGradient, .statistics],
            ])
        #expect(own.map { $0.weights == .current } == [true, false, false, false, true])
        #expect(own.allSatisfy { $0.job.step == 1 }, "every round of a step has its images, masks and draws")
        let (train, look) = (HandMadeSearch.Loss.train, HandMadeSearch.Loss.search)
        let slopes = train.weightSlopes(weights, alpha)
        let ahead = weights.indices.map {
            weights[$0] - 0.025 * (0.9 * velocity[$0] + slopes[$0] + 3e-4 * weights[$0])
        }
        let direction = look.weightSlopes(ahead, alpha)
        let mixed = train.alphaSlopes(direction, entries: alpha.count)
        let exact = zip(look.alphaSlopes(ahead, entries: alpha.count), mixed).map { $0 - 0.025 * $1 }
        let taken = zip(search.run.state.architecture?.firstMoments ?? [], moments).map {
            (Double($0) - 0.5 * $1) / 0.5
        }
        #expect(distance(taken, exact) < 1e-4)
        #expect(distance(taken, look.alphaSlopes(ahead, entries: alpha.count)) > 0.01, "the second term is there")
    }

    @Test("In the warm-up a step is the weights' round alone, and alpha rests")
    func warmup() {
        var search = HandMadeSearch(unrolled: true, warmup: 0.5)
        let alpha = search.alpha
        for _ in 0..<3 { search.step() }
        #expect(search.rounds.count == 3 && search.alpha == alpha)
        search.step()
        #expect(search.rounds.count == 8 && search.alpha != alpha)
    }

    @Test("Each pass over the search images has an order of its own, however many steps the weights' epoch has")
    func passes() {
        var search = HandMadeSearch(unrolled: false)
        while search.advance() != nil {}
        let own = search.rounds.map(\.job).filter { $0.images == .searchBatch }
        // Batches of 8: three steps an epoch of 26 images, two a pass of 17.
        #expect(own.map(\.epoch) == [0, 0, 1, 1, 2, 2] && own.map(\.stepInEpoch) == [0, 1, 0, 1, 0, 1])
        #expect(own.map(\.step) == Array(0..<6))
    }

    @Test(
        "Whichever round of a step is not finite, the step is skipped whole and the next begins anew", arguments: 0..<5)
    func notFinite(round: Int) {
        var search = HandMadeSearch(unrolled: true)
        search.step()
        let before = search.run.state
        for _ in 0..<round { _ = search.advance() }
        _ = search.advance { $0[1].finite = false }
        #expect(!search.run.isInsideStep)
        let after = search.run.state
        #expect(after.step == before.step + 1 && after.skippedSteps == 1)
        #expect(after.architecture == before.architecture && after.weights == before.weights)
        #expect(after.velocity == before.velocity && after.statistics == before.statistics)
        search.step()
        #expect(
            search.run.state.step == before.step + 2 && search.rounds.suffix(5).first?.job.yields == .weightGradient)
    }

    @Test("A run that was cut off inside a step takes the step's rounds again, to the same bits", arguments: 0..<5)
    func cutOff(round: Int) {
        var whole = HandMadeSearch(unrolled: true)
        while whole.advance() != nil {}
        var search = HandMadeSearch(unrolled: true)
        search.step()
        let checkpoint = search.run.state
        for _ in 0..<round { _ = search.advance() }
        #expect(search.run.state == checkpoint && search.run.isInsideStep == (round > 0))
        search.run.resume(from: checkpoint)
        while search.advance() != nil {}
        #expect(search.run.state == whole.run.state)
    }

    @Test("A configuration's method is what steps: DARTS in a single level is one round, its mixtures softmax(alpha)")
    func methods() throws {
        func rounds(_ change: (inout SearchConfiguration) -> Void) throws -> PlannedRound? {
            var configuration = SearchConfiguration()
            configuration.space.layers = 3
            configuration.architecture.warmup = 0
            change(&configuration)
            var run = try TrainingRun(
                configuration, image: ImageShape(channels: 1, height: 8, width: 8), classes: 10, gradientImages: 64,
                searchImages: 64, heldOutImages: 0)
            return run.nextRound()
        }
        let all: RoundYields = [.weightGradient, .alphaGradient, .statistics]
        let snas = try #require(try rounds { _ in }).job
        #expect(snas.mixing == .relaxed(temperature: 1) && snas.yields == all)
        let single = try #require(
            try rounds {
                $0.method.search = .darts
                $0.method.level = .single
            }
        ).job
        #expect(single.mixing == .softmax && single.yields == all && single.images == .gradientBatch)
        let both = try #require(try rounds { $0.method.level = .bilevel }).job
        #expect(both.mixing == .relaxed(temperature: 1) && both.yields == .alphaGradient && both.images == .searchBatch)
    }

    @Test("Two edges a node are kept, none of them `none`")
    func cell() throws {
        var search = HandMadeSearch(unrolled: false)
        var epochs: [EpochReport] = []
        while let reports = search.advance() {
            epochs += reports.compactMap { if case .epoch(let report) = $0 { report } else { nil } }
        }
        let genotype = try #require(epochs.last?.search).genotype
        #expect(genotype[.normal].count == 2 && genotype[.reduce].count == 2)
        #expect((genotype[.normal] + genotype[.reduce]).allSatisfy { $0.operation != .none })
    }
}
