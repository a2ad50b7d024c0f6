import Formats
import RunStore
import SearchProtocol

/// On what two runs were computed, side by side: programs, libraries, processors, kinds of machine.
struct MachineDifference: Sendable {
    private let runs: Both<RunOrigin>
    /// Whether the workers' probes answer one question: it is asked of the run's own network, images and first weights.
    private let probesAreOfOneNetwork: Bool

    /// - Parameter isSameComputation: whether neither data nor a setting that can change the steps differs.
    init(_ runs: Both<RunOrigin>, isSameComputation: Bool) {
        self.runs = runs
        probesAreOfOneNetwork = isSameComputation
    }

    private var workerKinds: Both<String> { runs.map { $0.workerKind?.probe.hexadecimal ?? "-" } }
    private var workerMathematics: Both<String> { runs.map { $0.workerKind?.mathTable.hexadecimal ?? "-" } }
    private var coordinatorMathematics: Both<String> { runs.map { $0.coordinator?.mathTable ?? "-" } }

    /// Nil where one of them does not say.
    private static func differ(_ values: Both<String>) -> Bool? {
        values.values.contains("-") ? nil : !values.areEqual
    }

    private var doWorkersDiffer: Bool {
        Self.differ(workerMathematics) == true || (probesAreOfOneNetwork && Self.differ(workerKinds) == true)
    }

    private var doCoordinatorsDiffer: Bool { Self.differ(coordinatorMathematics) == true }

    /// Whether the runs are known to be of machines whose bits differ.
    var isOfOtherKinds: Bool { doWorkersDiffer || doCoordinatorsDiffer }

    var lines: [[String]] {
        var rows = [row("format of the folders", runs.map { "\($0.format)" })]
        rows.append(row("workers", runs.map { $0.workers.isEmpty ? "-" : $0.workers.joined(separator: "; ") }))
        rows.append(["", "kind of the workers' machines", workersSentence])
        rows.append(row("coordinators' processors", runs.map { $0.coordinator?.processor ?? "-" }))
        rows.append([
            "", "coordinators' mathematics",
            Self.sentence(coordinatorMathematics, otherwise: "log, exp and cos give other bits"),
        ])
        if runs.values.contains(where: { $0.beginning != nil }) {
            rows.append(row("went on from", runs.map { $0.beginning ?? "nothing: it began at its beginning" }))
        }
        return rows
    }

    private var workersSentence: String {
        if Self.differ(workerMathematics) == true {
            return Self.sentence(workerMathematics, otherwise: "log, exp and cos give other bits")
        }
        guard probesAreOfOneNetwork || Self.differ(workerKinds) != true else {
            return "not told: each was probed with a network of its own; log, exp and cos are the same"
        }
        return Self.sentence(workerKinds, otherwise: "the same shard of the same network has other bits")
    }

    private static func sentence(_ values: Both<String>, otherwise: String) -> String {
        guard let differ = differ(values) else { return "not told by \(silent(values))" }
        return differ ? "\(otherwise): \(values.first) against \(values.second)" : "the same"
    }

    private static func silent(_ values: Both<String>) -> String {
        values.named.filter { $0.value == "-" }.map(\.name).joined(separator: " and ")
    }

    private func row(_ name: String, _ values: Both<String>) -> [String] {
        if values.areEqual { return ["", name, values.first == "-" ? "not told" : "the same: \(values.first)"] }
        return ["", name, "\(values.first) against \(values.second)"]
    }

    var json: JSONValue {
        func text(_ values: Both<String>) -> JSONValue { values.json { $0 == "-" ? .null : .string($0) } }
        return .object([
            "formats": runs.json { .integer($0.format) },
            "workers": runs.json { .array($0.workers.map(JSONValue.string)) },
            "worker_probes": text(workerKinds), "worker_mathematics": text(workerMathematics),
            "coordinator_mathematics": text(coordinatorMathematics),
            "processors": runs.json { $0.coordinator.map { .string($0.processor) } ?? .null },
            "other_kinds": .bool(isOfOtherKinds),
        ])
    }
}
