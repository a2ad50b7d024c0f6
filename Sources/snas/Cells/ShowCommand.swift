import Formats
import Host
import Reporting
import RunStore
import SearchSpace

/// `snas show`: a run's cell and curves as text.
enum ShowCommand {
    static let command = Command(
        CommandDescription(
            "show", "shows a run's cell and curves in text", forms: ["RUN"],
            details: ["The run may be going on; snas report draws the same and more for a browser."], groups: [],
            words: .folders, examples: ["snas show runs/digits-2-1"]), run)

    /// Beside a curve stand its name and figures.
    private static let curveColumns = 40

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        guard flags.positional.count == 1, let path = flags.positional.first else {
            throw UserError(.usage, "snas show takes one run directory")
        }
        let run = try RunSummary(of: path)
        let epochs = try RunMetrics(try RunDirectory.toRead(path)).epochs()
        let step = run.step.map { ", step \($0)\(run.steps.map { "/\($0)" } ?? "")" } ?? ""
        try StandardStreams.print("\(path): \(run.state.rawValue)\(step), \(epochs.count) epochs")
        for line in TextColumns.lines(curves(epochs)) { try StandardStreams.print(line) }
        guard let text = epochs.last?["genotype"]?.text else { return .done }
        let genotype = try Genotype(parsing: text)
        for kind in genotype.kinds { try show(genotype, kind) }
        try StandardStreams.print("genotype = \(text)")
        return .done
    }

    private static func curves(_ epochs: [JSONValue]) -> [[String]] {
        let columns = min(curveColumns, max(10, Terminal.pageColumns(atMost: 100) - 50))
        func row(_ name: String, _ decimals: Int, _ factor: Double = 1, _ value: (JSONValue) -> Double?) -> [String]? {
            let values = epochs.map { value($0).map { factor * $0 } }
            let known = values.compactMap { $0 }
            guard let last = known.last, let low = known.min(), let high = known.max() else { return nil }
            return [
                name, TextCurve.text(values, columns: columns), Decimal.text(last, decimals),
                "(\(Decimal.text(low, decimals)) to \(Decimal.text(high, decimals)))",
            ]
        }
        return [
            row("training loss", 4) { $0["train_loss"]?.number },
            row("training accuracy, %", 2, 100) { $0["train_accuracy"]?.number },
            row("held out, %", 2, 100) { $0["held_out"]?["accuracy"]?.number },
            row("soft sample, %", 2, 100) { $0["soft"]?["accuracy"]?.number },
            row("hard sample, %", 2, 100) { $0["hard"]?["accuracy"]?.number },
            row("derived, %", 2, 100) { $0["derived"]?["accuracy"]?.number },
            row("entropy of alpha, nats", 2) { $0["entropy"]?.number },
            row("temperature", 3) { $0["temperature"]?.number },
        ].compactMap { $0 }
    }

    /// A line an edge that does something.
    private static func show(_ genotype: Genotype, _ kind: CellKind) throws {
        try StandardStreams.print("\(kind) cell:")
        // Inputs have the names that pictures give them; nodes count from 0 behind them.
        func name(_ node: Int) -> String {
            guard node < genotype.inputs else { return "node \(node - genotype.inputs)" }
            return node == genotype.inputs - 1 ? "c_{k-1}" : "c_{k-2}"
        }
        let rows = genotype[kind].filter { $0.operation != .none }.map { choice in
            ["  \(name(choice.to))", "<- \(name(choice.from))", choice.operation.name]
        }
        for line in TextColumns.lines(rows) { try StandardStreams.print(line) }
    }
}
