import Configuration
package import Exchange
import SearchSpace
import Training

/// What TensorBoard is told of an event, under the tags of the official SNAS code where it has one, in its units: accuracies in per
/// cent. What is not a number is left out.
extension RunEvent {
    /// In the order of the file: what stands at an epoch comes before what stands at that epoch's last step.
    ///
    /// - Parameter lastStep: the step that was done last.
    package func summaries(lastStep: Int) -> [SummaryEvent] {
        switch self {
        case .step(let report, _, _): [Self.event(report.step, Self.scalars(report))]
        case .epoch(let report, _):
            [
                Self.event(report.epoch, Self.scalars(report), Self.histograms(report)),
                Self.event(lastStep, Self.scalarsOfLastStep(report)),
            ].filter { !$0.values.isEmpty }
        case .warmupOver, .over: []
        }
    }

    private typealias Scalar = (tag: String, value: Double?)

    private static func event(
        _ step: Int, _ scalars: [Scalar], _ histograms: [SummaryEvent.Tagged] = []
    ) -> SummaryEvent {
        let told = scalars.compactMap { scalar -> SummaryEvent.Tagged? in
            guard let value = scalar.value, value.isFinite else { return nil }
            return SummaryEvent.Tagged(scalar.tag, .scalar(value))
        }
        return SummaryEvent(step: step, told + histograms)
    }

    private static func scalars(_ report: StepReport) -> [Scalar] {
        let search = report.search
        return [
            ("iter_train_loss", report.loss),
            ("iter_train_top1_acc", report.isSkipped ? nil : 100 * Double(report.hits) / Double(max(1, report.images))),
            ("iter_learning_rate", report.learningRate), ("iter_weight_gradient_norm", report.weightGradientNorm),
            ("iter_temp", search?.temperature), ("iter_alpha_gradient_norm", search?.alphaGradientNorm),
            ("iter_reward", search?.reward), ("iter_resource_cost", search?.budget?.cost),
            ("iter_drop_path_prob", search == nil ? report.dropPathProbability : nil),
        ]
    }

    /// The first is always there: by its tag a reader knows that this event stands at an epoch.
    private static func scalars(_ report: EpochReport) -> [Scalar] {
        let search = report.search
        let trained = report.trained
        let seen = report.heldOut
        func percent(_ network: EvaluatedNetwork) -> Double? { seen[network].map { 100 * $0.accuracy } }
        // The official code evaluates the super-network under a sample, and calls the derived network argmax_alpha.
        return [
            ("epoch_train_acc", 100 * report.trainAccuracy), ("epoch_train_error_loss", report.trainLoss),
            ("epoch_temp", search?.temperature),
            ("epoch_valid_acc", trained.map { 100 * $0.topOne.value } ?? percent(.soft)),
            ("epoch_valid_top5_acc", trained.map { 100 * $0.topFive.value }),
            ("epoch_valid_acc_argmax_alpha", percent(.derived)), ("epoch_valid_acc_hard", percent(.hard)),
            ("epoch_valid_acc_top2", percent(.top2)),
        ]
    }

    private static func scalarsOfLastStep(_ report: EpochReport) -> [Scalar] {
        let entropies = report.search?.alpha.entropies().map { ("\($0.kind)_arch_entropy", $0.nats) as Scalar } ?? []
        let derived = report.search?.budget?.derived
        return [
            ("iter_valid_loss", report.trained?.loss ?? (report.heldOut[.soft] ?? report.heldOut[.derived])?.loss),
            ("total_arch_entropy", report.search?.entropy),
        ] + entropies + [
            ("iter_derived_size", derived.map { Double($0.parameters) }),
            ("iter_derived_flops", derived.map { Double($0.multiplyAdds) }),
            ("iter_derived_mac", derived.map { Double($0.memoryAccessElements) }),
        ]
    }

    private static let buckets = 32

    private static func histograms(_ report: EpochReport) -> [SummaryEvent.Tagged] {
        guard let alpha = report.search?.alpha else { return [] }
        let probabilities = alpha.probabilities()
        return alpha.shape.kinds.compactMap { kind in
            EventHistogram(Array(probabilities[kind]), in: 0...1, buckets: buckets).map {
                SummaryEvent.Tagged("\(kind)_probabilities", .histogram($0))
            }
        }
    }
}
