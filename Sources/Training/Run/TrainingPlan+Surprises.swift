import Configuration

/// What a run's settings do that may not be what is meant. Nothing of it is wrong, and nothing is changed: it is said once, before
/// the first step, by whoever begins the run.
extension TrainingPlan {
    /// Of a new run, a sentence each.
    package var surprises: [String] {
        var sentences = leftOutImages.map { [$0] } ?? []
        guard configuration.retrain.genotype == nil else { return sentences }
        if heldOutImages == 0 { sentences.append("no image is held out (train_portion): no epoch is evaluated") }
        return sentences + surprisesOfAlpha
    }

    /// Images beyond the last whole batch are another part of them in each epoch; a tenth or more is worth a word.
    private var leftOutImages: String? {
        let left = gradientImages % configuration.training.batchSize
        guard left * 10 >= gradientImages else { return nil }
        return
            "each epoch leaves \(left) of \(gradientImages) images out: batch_size \(configuration.training.batchSize) is "
            + "taken whole"
    }

    private var surprisesOfAlpha: [String] {
        var sentences: [String] = []
        let (start, end) = (configuration.temperature.start, configuration.temperature.end)
        if drawTemperature(at: 0) != nil, start < end {
            sentences.append("the temperature rises, from \(start) (temp) to \(end) (temp_min): draws become softer")
        }
        if configuration.architecture.learningRate == 0 {
            sentences.append(
                "alpha never moves: arch_learning_rate is 0, and the cell is derived from where alpha began")
        } else if warmupSteps >= lastStep {
            sentences.append(
                "alpha never moves: the warm-up takes \(warmupSteps) steps and the run has \(lastStep) (epochs, max_steps); the "
                    + "cell is derived from where alpha began")
        }
        return sentences
    }

    // MARK: Going on with other settings

    /// What jumps where a run goes on by this plan that went by another one up to a step.
    ///
    /// - Parameters:
    ///   - before: of the run whose state it is.
    ///   - step: the first that goes by this plan.
    package func jumps(from before: TrainingPlan, at step: Int) -> [String] {
        // Beyond its last step the other plan says nothing; what it said last stands for it.
        let last = min(step, before.totalSteps - 1)
        var changes = [
            Self.change("the learning rate", before.learningRate(at: last), learningRate(at: step)),
            Self.change("drop path", before.dropPathProbability(at: last), dropPathProbability(at: step)),
        ]
        if let old = before.drawTemperature(at: last), let new = drawTemperature(at: step) {
            changes.append(Self.change("the temperature", old, new))
        }
        var sentences: [String] = []
        let told = changes.compactMap { $0 }
        if !told.isEmpty {
            let (old, new) = (before.configuration.training.epochs, configuration.training.epochs)
            let reason = ": schedules are counted over all of the run's epochs, \(new) now and \(old) before"
            sentences.append("at step \(step) \(told.joined(separator: ", "))" + (old == new ? "" : reason))
        }
        if configuration.retrain.genotype == nil, last >= before.warmupSteps, step < warmupSteps {
            sentences.append(
                "alpha, which has moved, rests until step \(warmupSteps): the warm-up is counted over all epochs")
        }
        return sentences
    }

    /// A change of a fiftieth or less is none that anybody would call a jump.
    private static func change(_ name: String, _ old: Double, _ new: Double) -> String? {
        guard abs(new - old) > 0.02 * max(abs(old), abs(new)) else { return nil }
        return "\(name) goes from \(rounded(old)) to \(rounded(new))"
    }

    /// Two digits that count: 0.0019, 0.31.
    private static func rounded(_ value: Double) -> String {
        var (scale, digits) = (value, 1.0)
        while scale != 0, abs(scale) < 10, digits < 1e9 {
            scale *= 10
            digits *= 10
        }
        return "\((scale.rounded() / digits))"
    }
}
