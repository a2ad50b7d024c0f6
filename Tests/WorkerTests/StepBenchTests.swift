import Configuration
import SearchSpace
import Testing
import Training
import Worker

@Suite
struct StepBenchTests {
    private func lastStep(_ bench: StepBench) -> Int {
        let configuration = bench.configuration
        let plan = configuration.plan(image: ImageShape(channels: 3, height: 32, width: 32), classes: 10)
        return TrainingPlan(
            configuration, layout: .superNetwork(plan), classes: 10,
            gradientImages: StepBench.stepsPerEpoch * configuration.training.batchSize, heldOutImages: 0
        ).lastStep
    }

    @Test(
        "A bench's search has as many steps as any --steps asks for and one more, and by default the schedules of every search"
    )
    func steps() {
        let search = SearchConfiguration()
        let short = StepBench(of: search, threads: 1, steps: 12)
        #expect(short.configuration.training.epochs == search.training.epochs)
        let standard = lastStep(short)
        for steps in [1, standard - StepBench.warmUpSteps, standard, standard + 1, StepBench.stepsAtMost] {
            let bench = StepBench(of: search, threads: 1, steps: steps)
            #expect(lastStep(bench) > steps + StepBench.warmUpSteps, "--steps \(steps)")
        }
    }

    @Test("A bench of any search is one that its settings allow, with images for alpha where the search is bilevel")
    func searches() throws {
        for search in SearchConfiguration.Method.Search.allCases {
            for level in SearchConfiguration.Method.LevelChoice.allCases {
                var asked = SearchConfiguration()
                (asked.method.search, asked.method.level) = (search, level)
                let configuration = StepBench(of: asked, threads: 1, steps: 12).configuration
                #expect(configuration.method.isBilevel == (configuration.searchPortion > 0), "\(search) \(level)")
                guard search != .enas || configuration.method.isBilevel else {
                    #expect(throws: (any Error).self, "no level of a policy's own") {
                        try configuration.checkConsistency()
                    }
                    continue
                }
                let images = StepBench.stepsPerEpoch * configuration.training.batchSize
                try configuration.checkConsistency()
                try configuration.check(
                    gradientImages: images, searchImages: configuration.method.isBilevel ? images : 0,
                    image: ImageShape(channels: 3, height: 32, width: 32))
                #expect(configuration.warmupEpochs == 0)
            }
        }
    }

    /// DARTS' search network is 1,930,618 weights and, layer by layer as the official code builds it, 300 M multiply-adds; the
    /// derived network is 528.4 M (the table of DARTS' second-order cell) and its auxiliary head 0.8 M.
    @Test(
        "The work that a floor counts is that of the whole network, unpadded, of one operation an edge where one is drawn"
    )
    func work() throws {
        let image = ImageShape(channels: 3, height: 32, width: 32)
        var search = SearchConfiguration()
        let all = PassWork(search, image: image, classes: 10)
        let plan = search.plan(image: image, classes: 10)
        let cells = plan.cells.reduce(0) { sum, cell in
            sum + plan.layers(of: cell).reduce(0) { $0 + $1.cost.multiplyAdds }
        }
        #expect(all.multiplyAdds == Double(cells + 3 * 48 * 9 * 1024 + 256 * 10))
        search.method.search = .dsnas
        let one = PassWork(search, image: image, classes: 10)
        #expect((5.4...5.7).contains(all.multiplyAdds / one.multiplyAdds), "\(all.multiplyAdds / one.multiplyAdds)")
        #expect(one.planeBytes.map { $0 * 8 } == all.planeBytes)
        var retraining = SearchConfiguration.retraining
        retraining.retrain.genotype = KnownGenotypes.named("DARTS_V2")
        let withHead = PassWork(retraining, image: image, classes: 10).multiplyAdds
        retraining.retrain.auxiliary = false
        let plain = PassWork(retraining, image: image, classes: 10).multiplyAdds
        #expect(
            (528.3e6...528.5e6).contains(plain) && withHead > plain && withHead < 1.01 * plain, "\(plain) \(withHead)")
    }
}
