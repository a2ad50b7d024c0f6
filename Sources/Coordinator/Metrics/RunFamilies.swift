import Exchange
package import Reporting
package import RunStore
import SearchSpace
import Training

/// How the run stands, for Prometheus. Counters begin anew with every coordinator: steps that a resumed one computes again are steps
/// that it did. Where the run itself stands is a gauge.
package struct RunFamilies {
    let families: [MetricFamily]

    /// - Parameters:
    ///   - live: as the progress shows it; nil before the first step.
    ///   - stepsDone: of the run, those before a resume included.
    ///   - evaluation: how far the open evaluation has come; nil between evaluations.
    package init(
        _ facts: RunFacts, _ figures: RunFigures, stepsDone: Int, live: LiveProgress?, evaluation: EvaluationSnapshot?
    ) {
        families =
            Self.progress(facts, figures, stepsDone, live, evaluation) + Self.step(figures) + Self.epoch(figures)
    }

    private static func progress(
        _ facts: RunFacts, _ figures: RunFigures, _ stepsDone: Int, _ live: LiveProgress?,
        _ evaluation: EvaluationSnapshot?
    ) -> [MetricFamily] {
        [
            .gauge("snas_run_steps_done", "Steps of the run that are done.", Double(stepsDone)),
            .gauge("snas_run_steps_planned", "Steps after which the run is over.", Double(facts.steps)),
            .gauge("snas_run_epochs_planned", "Epochs of the run.", Double(facts.epochs)),
            .gauge(
                "snas_run_remaining_seconds", "Time that the run will still take, by its pace so far.",
                live.map(\.snapshot.secondsLeft)),
            .counter("snas_steps_total", "Steps done since this coordinator began.", Double(figures.steps)),
            .counter(
                "snas_steps_skipped_total", "Steps that stepped nothing, for something was not finite.",
                Double(figures.skippedSteps)),
            .counter("snas_images_total", "Images that steps have seen.", Double(figures.images)),
            .counter("snas_epochs_total", "Epochs ended.", Double(figures.epochs)),
            .histogram("snas_step_duration_seconds", "What the rounds of a step took together.", figures.stepSeconds),
            .gauge("snas_evaluation_open", "Whether an evaluation on held-out images is under way.", evaluation != nil),
        ]
    }

    private static func step(_ figures: RunFigures) -> [MetricFamily] {
        let step = figures.soundStep
        let search = step?.search
        return [
            .gauge("snas_train_loss", "Mean loss of the newest step that was not skipped.", step?.loss),
            .gauge(
                "snas_train_accuracy_ratio", "Share of that step's images that the classifier had right.",
                step.map { Double($0.hits) / Double(max(1, $0.images)) }),
            .gauge("snas_learning_rate", "Of the weights.", figures.step?.learningRate),
            .gauge("snas_temperature", "Of a relaxed draw.", figures.step?.search?.temperature),
            .gauge("snas_weight_gradient_norm", "Of the mean gradient, before clipping.", step?.weightGradientNorm),
            .gauge(
                "snas_alpha_gradient_norm", "Of alpha's mean gradient, before clipping.",
                search.flatMap { $0.alphaGradientNorm.isFinite ? $0.alphaGradientNorm : nil }),
            .gauge("snas_reward", "Mean reward of the children that the step judged.", search?.reward),
            .gauge("snas_resource_cost", "Cost of the step's samples, before its coefficient.", search?.budget?.cost),
            .gauge(
                "snas_derived_parameters", "Weights of the network that would be derived now.",
                search?.budget.map { Double($0.derived.parameters) }),
            .gauge(
                "snas_derived_multiply_adds", "Multiply-adds of that network for an image.",
                search?.budget.map { Double($0.derived.multiplyAdds) }),
        ]
    }

    private static func epoch(_ figures: RunFigures) -> [MetricFamily] {
        let epoch = figures.epoch
        let search = epoch?.search
        return [
            .gauge("snas_epoch_train_loss", "Mean loss of the newest epoch's steps.", epoch?.trainLoss),
            .gauge(
                "snas_epoch_train_accuracy_ratio", "Share of that epoch's images that the classifier had right.",
                epoch?.trainAccuracy),
            .gauge(
                "snas_held_out_accuracy_ratio",
                "Share of held-out images that a network had right when it was last seen.",
                by: "network", figures.heldOut.map { (name: $0.network, value: $0.accuracy) }),
            .gauge(
                "snas_held_out_loss", "Mean loss of held-out images then.", by: "network",
                figures.heldOut.map { (name: $0.network, value: $0.loss) }),
            .gauge(
                "snas_alpha_entropy_nats", "Entropy of alpha, added over all edges, after the newest epoch.",
                by: "cell", (search?.alpha.entropies() ?? []).map { (name: "\($0.kind)", value: $0.nats) }),
            .gauge(
                "snas_alpha_edges_ratio", "Share of edges whose most probable operation this is.", by: "operation",
                search.map { [(name: "none", value: $0.noneShare), (name: "skip_connect", value: $0.skipShare)] } ?? []),
            .gauge(
                "snas_cell_sound", "Whether no operation had taken a cell over in the newest epoch.",
                search == nil ? nil : figures.isSound ? 1.0 : 0.0),
        ]
    }
}
