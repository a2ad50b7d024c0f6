import Configuration

extension SearchConfiguration {
    /// The run as it is once alpha moves, on images that are there for its batches alone, and without what only a coordinator does.
    ///
    /// - Parameter steps: that it can take at least.
    func benched(steps: Int) -> SearchConfiguration {
        var benched = self
        benched.architecture.warmup = 0
        // A bench ends before any cell is chosen.
        benched.method.derive = .argmax
        benched.budget = budget.withoutAims
        benched.data.choosingPortion = nil
        benched.data.searchPortion = nil
        benched.data.judgeShare = 0
        // Alpha of a bilevel search has as many images as the weights have.
        benched.data.trainPortion = method.isBilevel ? 0.5 : 1
        benched.training.maxSteps = 0
        let epochs = (steps + StepRunner.stepsPerEpoch - 1) / StepRunner.stepsPerEpoch
        benched.training.epochs = max(training.epochs, epochs)
        return benched
    }
}
