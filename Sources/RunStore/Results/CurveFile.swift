import Configuration
import Formats
import Reporting

/// `curves.svg`: a run's curves, from its metrics and not from memory, for they know the epochs before a resume too.
struct CurveFile {
    private let directory: RunDirectory

    init(_ directory: RunDirectory) { self.directory = directory }

    private func signalOverNoise(_ epoch: JSONValue) -> Double? {
        guard let signal = epoch["alpha_gradient_signal"]?.number, let noise = epoch["alpha_gradient_noise"]?.number,
            noise > 0
        else { return nil }
        return signal / noise
    }

    /// - Throws: `SystemError`.
    func writeSearch() throws {
        let epochs = try RunMetrics(directory).epochs()
        func panel(_ title: String, _ key: String) -> CurvePicture.Panel {
            .init(title, epochs.map { $0[key]?.number })
        }
        let heldOut = EvaluatedNetwork.allCases.map { network in
            CurvePicture.Curve(
                name: network.label, values: epochs.map { $0[network.rawValue]?["accuracy"]?.number })
        }
        let panels: [CurvePicture.Panel] = [
            .init(
                "accuracy on held-out images (inherited weights)",
                heldOut.filter { !$0.values.allSatisfy { $0 == nil } }),
            panel("training loss", "train_loss"), panel("entropy of alpha (nats)", "entropy"),
            .init("signal over noise of alpha's gradient, squared norms", epochs.map(signalOverNoise)),
            panel("temperature", "temperature"), panel("share of edges that keep none", "none_share"),
            panel("share of edges that keep skip_connect", "skip_share"),
        ]
        try directory.write("curves.svg", CurvePicture.svg(Self.known(panels)))
    }

    /// - Throws: `SystemError`.
    func writeRetraining() throws {
        let epochs = try RunMetrics(directory).epochs()
        func panel(_ title: String, _ values: (JSONValue) -> Double?) -> CurvePicture.Panel {
            .init(title, epochs.map(values))
        }
        let panels = [
            panel("accuracy on held-out images") { $0["held_out"]?["accuracy"]?.number },
            panel("accuracy on training images, augmented") { $0["train_accuracy"]?.number },
            panel("training loss, auxiliary head included") { $0["train_loss"]?.number },
            panel("learning rate") { $0["learning_rate"]?.number },
        ]
        try directory.write("curves.svg", CurvePicture.svg(Self.known(panels)))
    }

    /// Those that have anything to show.
    private static func known(_ panels: [CurvePicture.Panel]) -> [CurvePicture.Panel] {
        panels.filter { panel in panel.curves.contains { !$0.values.allSatisfy { $0 == nil } } }
    }
}
