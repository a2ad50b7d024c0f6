import Configuration
import SearchSpace
import Testing
import Training
import Wire

/// The first epochs, in which the weights alone are stepped.
@Suite
struct WarmupTests {
    private func steps(_ reports: [RunReport]) -> [StepReport] {
        reports.compactMap { if case .step(let report) = $0 { report } else { nil } }
    }

    /// Five epochs of three steps, two of them warm-up.
    private func search(withBudget: Bool = false, change: (inout SearchConfiguration) -> Void = { _ in })
        -> MadeUpSearch
    {
        MadeUpSearch(withBudget: withBudget) {
            $0.training.epochs = 5
            $0.architecture.warmup = 0.4
            $0.architecture.learningRate = 0.1
            $0.evaluation.networks = [.derived]
            change(&$0)
        }
    }

    @Test(
        "Warm-up is round(share x epochs) epochs, at most all but one",
        arguments: [
            (0.0, 20, 0), (0.5, 20, 10), (0.24, 10, 2), (0.25, 10, 3), (0.5, 3, 2), (0.99, 20, 19), (0.99, 1, 0),
        ])
    func epochs(share: Double, epochs: Int, warmup: Int) {
        let search = MadeUpSearch {
            $0.training.epochs = epochs
            $0.architecture.warmup = share
        }
        #expect(search.run.plan.warmupEpochs == warmup && search.run.plan.warmupSteps == 3 * warmup)
    }

    @Test(
        "After the warm-up alpha, Adam and the size's multiplier are as at the start, the weights those of a resting alpha"
    )
    func rests() {
        var warm = search(withBudget: true) { $0.budget.targetParameters = 2_000_000 }
        var resting = search {
            $0.architecture.warmup = 0
            $0.architecture.learningRate = 0
        }
        let start = warm.run.state
        while warm.run.state.step < 6 { _ = warm.advance() }
        while resting.run.state.step < 6 { _ = resting.advance() }
        let state = warm.run.state
        #expect(state.alpha == start.alpha && state.searched.firstMoments == start.searched.firstMoments)
        #expect(state.searched.secondMoments == start.searched.secondMoments && state.searched.steps == 0)
        #expect(state.searched.targetMultiplier == start.searched.targetMultiplier)
        #expect(state.weights != start.weights && state.statistics != start.statistics)
        #expect(state.weights == resting.run.state.weights && state.velocity == resting.run.state.velocity)
        #expect(state.statistics == resting.run.state.statistics)
        while warm.run.state.step < 7 { _ = warm.advance() }
        #expect(warm.run.state.alpha != start.alpha && warm.run.state.searched.steps == 1)
        #expect(warm.run.state.searched.targetMultiplier != start.searched.targetMultiplier)
    }

    @Test(
        "By the run's clock the temperature falls from the first epoch; by the search's it rests, then falls over the rest"
    )
    func clocks() {
        func temperatures(_ change: (inout SearchConfiguration) -> Void) -> [Double] {
            var search = search(change: change)
            return steps(search.finish()).map { (($0.search?.temperature ?? 0) * 1e9).rounded() / 1e9 }
        }
        func falling(_ epochs: [Double]) -> [Double] { epochs.flatMap { [$0, $0, $0] } }
        #expect(temperatures { _ in } == falling([1, 0.7575, 0.515, 0.2725, 0.03]))
        #expect(temperatures { $0.temperature.clock = .search } == falling([1, 1, 1, 0.515, 0.03]))
        let byStep = temperatures {
            $0.temperature.clock = .search
            $0.temperature.byStep = true
        }
        let closed: [Double] = (0..<15).map { step in
            let share = Double(max(0, step - 6)) / 8
            return ((1 - 0.97 * share) * 1e9).rounded() / 1e9
        }
        #expect(byStep == closed)
    }

    @Test(
        "A run that goes on from a checkpoint of the warm-up, or of its end, ends in the same state",
        arguments: [1, 5, 6, 7])
    func resumes(stop: Int) throws {
        func make() -> MadeUpSearch { search(withBudget: true) { $0.budget.targetParameters = 2_000_000 } }
        var reference = make()
        let whole = steps(reference.finish())
        var first = make()
        var reports: [RunReport] = []
        while first.run.state.step < stop { reports += first.advance() ?? [] }
        let files = first.run.state.checkpointFiles(runIdentity: "r", configuration: "c")
        var second = make()
        var state = second.run.state
        try state.restore(tensors: files[0].bytes, counters: files[1].bytes, source: "checkpoint")
        second.run.resume(from: state)
        reports += second.finish()
        #expect(second.run.state == reference.run.state && steps(reports) == whole)
    }
}
