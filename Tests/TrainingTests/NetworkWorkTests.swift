import Configuration
import Estimation
import Optimization
import SearchSpace
import Testing
import Training
import Wire

/// How much work a search's rounds are, counted as they were drawn.
@Suite
struct NetworkWorkTests {
    private static let plan = NetworkPlan(
        image: ImageShape(channels: 3, height: 32, width: 32), classes: 10, initChannels: 16, layers: 8,
        space: .darts())

    @Test("All operations of 16 channels and 8 cells are 300 M multiply-adds an image, a child drawn uniformly a fifth")
    func magnitudes() {
        let work = NetworkWork(Self.plan)
        #expect(abs(work.ofAllOperations / 300.3e6 - 1) < 1e-3)
        #expect(work.ofAllOperations / work.ofMeanChild > 5 && work.ofAllOperations / work.ofMeanChild < 6)
    }

    private func search(_ change: @escaping (inout SearchConfiguration) -> Void) throws -> MadeUpSearch {
        try MadeUpSearch.configured(heldOutImages: 0) {
            $0.training.epochs = 1
            change(&$0)
        }
    }

    private func counted(_ reports: [RunReport]) -> Double? {
        for case .epoch(let report) in reports { return report.search?.multiplyAdds }
        return nil
    }

    private func work(_ search: MadeUpSearch) -> NetworkWork {
        NetworkWork(
            search.run.plan.configuration.plan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 10))
    }

    @Test(
        "A relaxed step of eight images counts three forwards of all operations, DARTS' second order five such passes")
    func relaxed() throws {
        var snas = try search { _ in }
        #expect(counted(snas.finish()) == 3 * 8 * 3 * work(snas).ofAllOperations)
        var unrolled = try search {
            $0.method.search = .darts
            $0.method.unrolled = true
        }
        #expect(counted(unrolled.finish()) == 5 * 3 * 8 * 3 * work(unrolled).ofAllOperations)
    }

    @Test(
        "Of a mixture with a floor what is left out is not counted: a cold draw is little more than one operation an edge"
    )
    func floored() throws {
        func share(_ temperature: Double) throws -> Double {
            var search = try search {
                $0.architecture.skipBelow = 0.1
                $0.temperature.shape = .constant
                $0.temperature.start = temperature
            }
            let total = try #require(counted(search.finish()))
            return total / (3 * 8 * 3 * work(search).ofAllOperations)
        }
        var child = try search { $0.method.search = .dsnas }
        let one = try #require(counted(child.finish())) / (3 * 8 * 3 * work(child).ofAllOperations)
        let (cold, warm) = (try share(0.01), try share(1))
        #expect(cold < 2 * one && cold < warm && warm < 1, "\(one) \(cold) \(warm)")
    }

    @Test("A child counts the operations that its shard drew, rewards count one forward, and so do a choice's rounds")
    func children() throws {
        var search = try search {
            $0.method.search = .enas
            $0.method.derive = .bestOf(2)
            $0.policy.children = 2
            $0.policy.rewardImages = 5
        }
        let size = DerivedSize(
            search.run.plan.configuration.plan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 10))
        func multiplyAdds(_ mixture: EdgeTable<Float>) -> Double {
            Double(size.size(of: mixture.mostProbable()).multiplyAdds)
        }
        var expected = 0.0
        var all: [RunReport] = []
        while let planned = search.run.nextRound() {
            let job = planned.job
            if job.mixing == .given {
                expected += Double(job.imageCount) * multiplyAdds(EdgeTable(search.space.shape, job.table))
            } else {
                for shard in 0..<job.shardCount {
                    let child = job.sample(shard, noise: .independent, shape: search.space.shape, seed: 2)
                    let forwards = job.images == .rewardBatch ? 1.0 : 3.0
                    let images = Double(job.imageCount / job.shardCount)
                    let mixture = try #require(child).mixture
                    expected += forwards * images * multiplyAdds(mixture)
                }
            }
            all += search.advance() ?? []
        }
        let total = try #require(counted(all))
        #expect(abs(total - expected) < 1e-6 * expected && total > 0)
    }

    @Test("A run that goes on counts no round twice: not those of a step that was open, nor of an evaluation that was")
    func resumed() throws {
        func make() throws -> MadeUpSearch {
            try MadeUpSearch.configured {
                $0.training.epochs = 1
                $0.method.search = .gdas
            }
        }
        var whole = try make()
        _ = whole.finish()
        for stop in 1..<9 {
            var stopped = try make()
            for _ in 0..<stop { _ = stopped.advance() }
            let files = stopped.run.state.checkpointFiles(runIdentity: "r", configuration: "c")
            var state = try make().run.state
            try state.restore(tensors: files[0].bytes, counters: files[1].bytes, source: "checkpoint")
            for var resumed in [stopped, try make()] {
                resumed.run.resume(from: state)
                _ = resumed.finish()
                #expect(resumed.run.state.multiplyAdds == whole.run.state.multiplyAdds, "\(stop)")
            }
        }
    }
}
