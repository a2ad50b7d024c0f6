import Configuration
import Estimation
import SearchSpace
import Testing
import Training
import Wire

#if canImport(Glibc)
    import Glibc
#endif

/// ENAS' steps: what a round of rewards does to alpha, and when it is taken.
@Suite
struct PolicySearchTests {
    private func search(_ change: @escaping (inout SearchConfiguration) -> Void = { _ in }) throws -> MadeUpSearch {
        var search = try MadeUpSearch.configured {
            $0.method.search = .enas
            $0.method.derive = .argmax
            $0.policy.children = 3
            $0.policy.rewardImages = 4
            $0.policy.entropy = 0
            $0.architecture.beta1 = 0
            $0.architecture.weightDecay = 0
            $0.architecture.gradClip = 1e9
            change(&$0)
        }
        search.hits = { _, shard in shard + 1 }
        return search
    }

    /// Adam's first moment without beta1 is the gradient.
    private func gradient(_ search: MadeUpSearch) -> [Float] { search.run.state.architecture?.firstMoments ?? [] }

    private func children(_ job: RoundJob, _ search: MadeUpSearch) -> [CategoricalSample] {
        (0..<job.shardCount).compactMap { shard in
            job.sample(
                shard, noise: .independent, shape: search.space.shape,
                seed: UInt64(search.run.plan.configuration.run.seed)) as? CategoricalSample
        }
    }

    @Test("A step judges children by search images, and trains others by gradient images under the new alpha")
    func rounds() throws {
        var search = try search()
        let alpha = search.run.state.alpha
        let next = search.run.nextRound()
        let rewards = try #require(next)
        #expect(rewards.job.images == .rewardBatch && rewards.job.yields == .policyGradient)
        #expect(rewards.payloadCount == 0)
        #expect(rewards.job.shardCount == 3 && rewards.job.imageCount == 12 && rewards.job.dropPathProbability == 0)
        #expect(rewards.job.mixing == .categorical && rewards.job.table == alpha.entries)
        _ = search.advance()
        #expect(search.run.isInsideStep && search.run.state.alpha == alpha, "nothing is decided yet")
        let after = search.run.nextRound()
        let weights = try #require(after)
        #expect(weights.job.images == .gradientBatch && weights.job.yields == [.weightGradient, .statistics])
        #expect(weights.job.mixing == .categorical && weights.job.table != alpha.entries && weights.job.shardCount == 2)
        _ = search.advance()
        #expect(!search.run.isInsideStep && search.run.state.alpha.entries == weights.job.table)
        #expect(search.run.state.step == 1)
    }

    @Test(
        "Alpha's gradient is the children's rewards less their baseline, times their scores; their mean is remembered")
    func reinforce() throws {
        var search = try search()
        let next = search.run.nextRound()
        let job = try #require(next).job
        let children = children(job, search)
        let reports = search.advance()
        #expect(reports?.isEmpty == true)
        // The shards' reports are made up; the baseline of a first step is the mean of 1/4, 2/4 and 3/4.
        let expected = (0..<job.table.count).map { entry in
            children.indices.reduce(0.0) {
                $0 + (Double(search.alphaGradient(job, shard: $1)[entry]) + 0.5 * children[$1].score.entries[entry]) / 3
            }
        }
        let done = search.advance()
        #expect(zip(gradient(search), expected).allSatisfy { abs(Double($0) - $1) < 1e-5 })
        #expect(search.run.state.architecture?.rewardBaseline == 0.5)
        let report = try #require(done?.first)
        guard case .step(let step) = report else { throw UnexpectedReport() }
        #expect(step.search?.reward == 0.5 && step.search?.temperature == nil)
        search.hits = { _, _ in 4 }
        _ = search.advance()
        _ = search.advance()
        #expect(abs((search.run.state.architecture?.rewardBaseline ?? 0) - (0.99 * 0.5 + 0.01)) < 1e-12)
    }

    private struct UnexpectedReport: Error {}

    @Test("A size in the reward multiplies accuracy by (size / target)^w, child by child, before any baseline")
    func sizes() throws {
        func made(_ reward: SearchConfiguration.Policy.Reward) throws -> MadeUpSearch {
            try self.search {
                $0.policy.reward = reward
                $0.policy.baseline = .leaveOneOut
                $0.budget.targetParameters = 3_000_000
            }
        }
        var search = try made(.soft)
        let size = try #require(search.run.cells?.budget).size
        let next = search.run.nextRound()
        let job = try #require(next).job
        let children = children(job, search)
        let factors = children.map { child in
            pow(Double(size.size(of: child.mixture.mostProbable()).parameters) / 3e6, -0.07)
        }
        #expect(Set(factors).count == 3)
        let rewards = factors.enumerated().map { $1 * Double($0 + 1) / 4 }
        let expected = (0..<job.table.count).map { entry in
            children.indices.reduce(0.0) { sum, child in
                let others = (rewards.reduce(0, +) - rewards[child]) / 2
                let reported = Double(search.alphaGradient(job, shard: child)[entry])
                return sum + (factors[child] * reported + others * children[child].score.entries[entry]) / 3
            }
        }
        while search.run.state.step == 0 { _ = search.advance() }
        #expect(zip(gradient(search), expected).allSatisfy { abs(Double($0) - $1) < 1e-5 })
        #expect(search.run.state.architecture?.rewardBaseline == nil)
        #expect(search.run.cells?.budget?.pressure == Budget.Pressure.none, "the target is the reward's alone")
        #expect(try made(.hard).run.cells?.budget?.reward != search.run.cells?.budget?.reward)
    }

    @Test("Alpha rests in the warm-up and between its own steps; each of them reads the next search images")
    func rests() throws {
        var search = try self.search {
            $0.architecture.warmup = 1.0 / 3
            $0.architecture.alphaEvery = 2
        }
        var moved: [Int] = []
        var places: [[UInt32]] = []
        while let planned = search.run.nextRound() {
            if planned.job.images == .rewardBatch {
                moved.append(search.run.state.step)
                places.append([planned.job.epoch, planned.job.stepInEpoch])
            }
            _ = search.advance()
        }
        // Three epochs of three steps, the first of them a warm-up; 40 search images are three batches of twelve.
        #expect(moved == [3, 5, 7] && places == [[0, 1], [0, 2], [1, 0]])
        #expect(search.run.state.architecture?.steps == 3)
    }

    @Test(
        "What is not finite in a step's second round takes back what the first decided; a checkpoint keeps the baseline"
    )
    func takenBack() throws {
        var search = try search()
        let before = search.run.state.architecture
        _ = search.advance()
        _ = search.advance { _, reports in reports[0].finite = false }
        #expect(search.run.state.architecture == before && search.run.state.skippedSteps == 1)
        while search.run.state.step < 3 { _ = search.advance() }
        let state = search.run.state
        let files = state.checkpointFiles(runIdentity: "r", configuration: "c")
        var read = try self.search().run.state
        try read.restore(tensors: files[0].bytes, counters: files[1].bytes, source: "checkpoint")
        #expect(read == state && read.architecture?.rewardBaseline != nil)
    }
}
