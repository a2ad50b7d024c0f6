import Configuration
import Optimization
import SearchSpace
import Testing
import Training
import Wire

/// A bilevel search of losses that can be derived by hand. With entry k(i) of alpha for weight i,
///
///     L_train  = sum_i  c_i w_i^2 / 2 + b_i w_i alpha_k(i)          L_search = sum_i  d_i w_i^2 / 2 + e_i w_i alpha_k(i)
///
/// so that by weight i they slope by c w + b alpha and d w + e alpha, by entry k by the sums of b w and e w, and the product of
/// d^2 L_train / (d alpha d w) and a vector v is, at entry k, the sum of b v.
private struct HandMadeSearch {
    var run: TrainingRun
    private(set) var rounds: [PlannedRound] = []

    init(unrolled: Bool, warmup: Double = 0, epochs: Int = 2) {
        var configuration = SearchConfiguration()
        configuration.space.initChannels = 4
        configuration.space.layers = 3
        configuration.space.cells.nodes = 1
        configuration.training.epochs = epochs
        configuration.training.batchSize = 8
        configuration.training.shards = 2
        configuration.training.gradClip = 1e9
        configuration.architecture.warmup = warmup
        configuration.architecture.weightDecay = 0
        configuration.architecture.gradClip = 1e9
        configuration.architecture.locMean = 0
        configuration.architecture.locStd = 0.1
        configuration.method.search = .darts
        configuration.method.unrolled = unrolled
        let plan = configuration.plan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 10)
        run = TrainingRun(
            TrainingPlan(
                configuration, layout: .superNetwork(plan), classes: 10, gradientImages: 26, searchImages: 17,
                heldOutImages: 0), BilevelSearch(nil, unrolled: unrolled),
            cells: SearchedCells(plan.space, rule: .darts))
    }

    struct Loss: Sendable {
        /// Per weight: of the square, and of the product with alpha.
        let square: @Sendable (Int) -> Double
        let product: @Sendable (Int) -> Double

        static let train = Loss(square: { 0.5 + Double($0 % 5) / 8 }, product: { Double($0 % 7) / 8 - 0.375 })
        static let search = Loss(square: { 1 + Double($0 % 3) / 4 }, product: { 0.625 - Double($0 % 11) / 16 })

        func weightSlopes(_ weights: [Double], _ alpha: [Double]) -> [Double] {
            weights.indices.map { square($0) * weights[$0] + product($0) * alpha[$0 % alpha.count] }
        }

        /// By each entry of alpha: what a vector comes to under the mixed second derivatives too.
        func alphaSlopes(_ vector: [Double], entries: Int) -> [Double] {
            var slopes = [Double](repeating: 0, count: entries)
            for place in vector.indices { slopes[place % entries] += product(place) * vector[place] }
            return slopes
        }
    }

    /// Answers one round; nil when the run is over.
    mutating func advance(spoil: (inout [ShardReport]) -> Void = { _ in }) -> [RunReport]? {
        guard let planned = run.nextRound() else { return nil }
        rounds.append(planned)
        let job = planned.job
        let weights = if case .trial(let trial) = planned.weights { trial } else { run.state.weights }
        let loss = job.images == .searchBatch ? Loss.search : .train
        let slopes = loss.alphaSlopes(weights.map { Double($0) }, entries: job.table.count).map { Float($0) }
        var reports = (0..<job.shardCount).map { shard in
            ShardReport(
                shard: shard, imageCount: 4, loss: 1, hits: 1, finite: true,
                alphaGradient: job.yields.contains(.alphaGradient) ? slopes : [],
                credits: job.yields.contains(.alphaGradient) ? slopes : [])
        }
        var total: [Float] = []
        if job.yields.contains(.weightGradient) {
            total += loss.weightSlopes(weights.map { Double($0) }, job.table.map { Double($0) }).map {
                Float($0) * Float(job.shardCount)
            }
        }
        if job.yields.contains(.statistics) {
            total += [Float](repeating: 1, count: run.plan.layout.statisticCount).map { $0 * Float(job.shardCount) }
        }
        #expect(total.count == planned.payloadCount)
        spoil(&reports)
        return run.absorb(job, total: total, reports: reports)
    }

    /// Rounds until the step that is open is done.
    mutating func step() {
        let before = run.state.step
        while run.state.step == before, advance() != nil {}
    }

    /// Adam's first moment after its first step is (1 - beta1) times the gradient.
    var firstGradient: [Double] { run.state.architecture?.firstMoments.map { Double($0) / 0.5 } ?? [] }

    var alpha: [Double] { run.state.architecture?.alpha.entries.map { Double($0) } ?? [] }

    var weights: [Double] { run.state.weights.map { Double($0) } }
}

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
