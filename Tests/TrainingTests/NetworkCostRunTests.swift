import Configuration
import Estimation
import SearchSpace
import Testing
import Training
import Wire

#if canImport(Glibc)
    import Glibc
#endif

/// FBNet's loss in a run: every shard's factor, and what the size puts into alpha's gradient.
@Suite
struct NetworkCostRunTests {
    private func search(_ form: CostForm, warmup: Double = 0) throws -> MadeUpSearch {
        try MadeUpSearch.configured {
            $0.budget.resource = .flops
            $0.budget.form = form
            $0.architecture.warmup = warmup
            $0.architecture.beta1 = 0
            $0.architecture.weightDecay = 0
            $0.architecture.gradClip = 1e9
        }
    }

    private func samples(_ job: RoundJob, _ search: MadeUpSearch) -> [RelaxedSample] {
        (0..<job.shardCount).compactMap {
            job.sample($0, noise: .independent, shape: search.space.shape, seed: 2)?.relaxed
        }
    }

    @Test(
        "The product multiplies each shard's loss by 0.2 (ln of its own size)^0.6, and puts the loss times that factor's slope into alpha's gradient; the sum has the slope alone",
        arguments: [CostForm.product, .sum])
    func formula(form: CostForm) throws {
        var search = try search(form)
        let size = try #require(search.run.cells?.budget).size
        let next = search.run.nextRound()
        let job = try #require(next).job
        let samples = samples(job, search)
        let costs = size.values(.flops)
        func factor(_ z: [Double]) -> Double {
            0.2 * pow(log(zip(z, costs.entries).reduce(Double(size.fixed.multiplyAdds)) { $0 + $1.0 * $1.1 }), 0.6)
        }
        let factors = samples.map { factor($0.z.entries) }
        if form == .product {
            #expect(
                zip(job.lossFactors, factors).allSatisfy { abs(Double($0) - $1) < 1e-6 } && factors[0] != factors[1])
        } else {
            #expect(job.lossFactors.isEmpty)
        }
        // By differences through the relaxed draw: the shards' losses are 2.
        let alpha = search.run.state.alpha
        func drawn(_ shard: Int, _ entry: Int, _ shift: Float) -> Double {
            var moved = job
            moved.table[entry] += shift
            let sample = moved.sample(shard, noise: .independent, shape: alpha.shape, seed: 2)
            return factor(sample?.relaxed?.z.entries ?? [])
        }
        let report = try #require(search.advance()?.first)
        guard case .step(let step) = report else {
            Issue.record("no step")
            return
        }
        #expect(abs((step.search?.budget?.cost ?? 0) - (factors[0] + factors[1]) / 2) < 1e-6)
        let gradient = search.run.state.architecture?.firstMoments ?? []
        for entry in stride(from: 0, to: job.table.count, by: 17) {
            var expected = 0.0
            for shard in 0..<2 {
                let slope = (drawn(shard, entry, 0.01) - drawn(shard, entry, -0.01)) / 0.02
                let own = Double(search.alphaGradient(job, shard: shard)[entry])
                expected += (own + (form == .product ? 2 : 1) * slope) / 2
            }
            #expect(abs(Double(gradient[entry]) - expected) < 1e-4, "\(entry)")
        }
    }

    @Test("In a warm-up the cost rests: no shard's loss has a factor")
    func warmup() throws {
        var search = try search(.product, warmup: 1.0 / 3)
        var factors: [Bool] = []
        while let planned = search.run.nextRound() {
            if planned.job.images == .gradientBatch { factors.append(!planned.job.lossFactors.isEmpty) }
            _ = search.advance()
        }
        #expect(factors == [false, false, false, true, true, true, true, true, true])
    }
}
