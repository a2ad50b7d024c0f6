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

    @Test("A bench's search has as many steps as any --steps asks for, and by default the schedules of every search")
    func steps() {
        var bench = StepBench()
        #expect(bench.configuration.training.epochs == SearchConfiguration().training.epochs)
        let standard = lastStep(bench)
        for steps in [1, standard - StepBench.warmUpSteps, standard, standard + 1, StepBench.stepsAtMost] {
            bench.steps = steps
            #expect(lastStep(bench) >= steps + StepBench.warmUpSteps, "--steps \(steps)")
        }
    }
    @Test("A bench of any search is one that its settings allow, with images for alpha where the search is bilevel")
    func searches() throws {
        for search in SearchConfiguration.Method.Search.allCases {
            for level in SearchConfiguration.Method.LevelChoice.allCases {
                var bench = StepBench()
                (bench.search, bench.level) = (search, level)
                let configuration = bench.configuration
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
}
