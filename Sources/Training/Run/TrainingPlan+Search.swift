import Configuration
import Optimization
import SearchSpace
import Wire

/// What a step's place in a search decides: temperature, and whether alpha moves.
///
/// Warm-up: in the run's first epochs the weights alone are stepped. Alpha, Adam's moments and count, the gradient of a cost
/// and the controller of a size rest, so that alpha finds operations that have learned something: those without weights are
/// useful at once, and alpha that moves from the first step on decides for them before the others can show what they are
/// worth. The steps draw and read what they always do: the weights are those of a run whose alpha has a learning rate of 0.
extension TrainingPlan {
    /// Epochs, from the first on, in which alpha rests; 0 without a warm-up.
    package var warmupEpochs: Int { configuration.warmupEpochs }

    /// The first step that moves alpha.
    package var warmupSteps: Int { warmupEpochs * stepsPerEpoch }

    /// Every so many steps after the warm-up, from its end on.
    func movesAlpha(at step: Int) -> Bool {
        step >= warmupSteps && (step - warmupSteps) % configuration.architecture.alphaEvery == 0
    }

    /// Steps of the whole run in which alpha moves; one at least.
    var alphaSteps: Int {
        let every = configuration.architecture.alphaEvery
        return max(1, (totalSteps - warmupSteps + every - 1) / every)
    }

    /// By the clock `run` the temperature falls over all epochs; by the clock `search` it stays at its start in the warm-up and
    /// falls over the epochs that are left.
    func temperature(at step: Int) -> Double {
        let section = configuration.temperature
        let schedule = Schedule(shape: section.shape, start: section.start, end: section.end)
        let rests = section.clock == .search ? (epochs: warmupEpochs, steps: warmupSteps) : (epochs: 0, steps: 0)
        return section.byStep
            ? schedule.temperature(at: max(0, step - rests.steps), of: totalSteps - rests.steps)
            : schedule.temperature(
                at: max(0, epoch(of: step) - rests.epochs), of: configuration.training.epochs - rests.epochs)
    }

    /// Nil where shards draw nothing.
    func drawTemperature(at step: Int) -> Double? {
        switch mixing(at: step) {
        case .relaxed(let temperature), .floored(let temperature, _), .oneHot(let temperature): temperature
        case .none, .given, .softmax, .categorical: nil
        }
    }

    /// How a shard of the step makes its mixture of alpha.
    func mixing(at step: Int) -> Mixing {
        switch configuration.method.search {
        case .snas:
            configuration.architecture.skipBelow > 0
                ? .floored(temperature: temperature(at: step), floor: configuration.architecture.skipBelow)
                : .relaxed(temperature: temperature(at: step))
        case .darts: .softmax
        case .gdas: .oneHot(temperature: temperature(at: step))
        case .dsnas, .enas: .categorical
        }
    }

    /// A round over a batch of the gradient images: the step's own.
    ///
    /// - Parameter table: alpha.
    func gradientRound(_ step: Int, yields: RoundYields, alpha table: EdgeTable<Float>) -> RoundJob {
        gradientRound(step, mixing: mixing(at: step), yields: yields, table: table.entries)
    }

    /// A round over a batch of the search images, which are gone through again and again, each time in another order.
    func searchRound(_ step: Int, yields: RoundYields, alpha table: EdgeTable<Float>) -> RoundJob {
        let (pass, stepInPass) = placeOfSearch(step)
        return round(
            .searchBatch, step, pass: pass, stepInPass: stepInPass, mixing: mixing(at: step), yields, table.entries)
    }

    /// A round in which each shard judges a child on search images, as they are and without drop path.
    func rewardRound(_ step: Int, alpha table: EdgeTable<Float>) -> RoundJob {
        let (pass, stepInPass) = placeOfSearch(step)
        return RoundJob(
            .rewardBatch, mixing: .categorical, yields: .policyGradient, step: UInt64(step), epoch: UInt32(pass),
            stepInEpoch: UInt32(stepInPass), shardCount: configuration.policy.children,
            imageCount: configuration.policy.imagesPerStep, table: table.entries)
    }

    /// Counted over alpha's steps, as if it had moved from the run's first step on.
    private func placeOfSearch(_ step: Int) -> (pass: Int, stepInPass: Int) {
        let stepsPerPass = searchImages / configuration.searchBatch
        let own = step / configuration.architecture.alphaEvery
        return (own / stepsPerPass, own % stepsPerPass)
    }

    /// Of operations without weights, p (1 - t / (N - 1)) in step t of N.
    func operationDropProbability(at step: Int) -> Double {
        configuration.architecture.parameterlessDropout * (1 - Double(step) / Double(max(1, totalSteps - 1)))
    }

    /// The first step whose alpha counts in the mean that the cell is derived from: that of the last round(share x epochs)
    /// epochs, as far as alpha moves in them.
    var averagingFrom: Int {
        let epochs = configuration.training.epochs
        let averaged = Int((configuration.architecture.alphaAverage * Double(epochs)).rounded())
        return max(warmupSteps, (epochs - averaged) * stepsPerEpoch)
    }
}
