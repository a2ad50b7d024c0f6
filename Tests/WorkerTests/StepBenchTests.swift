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
}
