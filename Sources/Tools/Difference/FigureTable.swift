package import Formats
package import RunStore

/// What the metrics of two runs say of the step in which they part, and of the one before it.
package struct FigureTable: Sendable, Equatable {
    /// One figure of both steps and both runs; nil where the metrics do not have it.
    package struct Row: Sendable, Equatable {
        package let name: String
        package let before: Both<JSONValue?>
        package let parting: Both<JSONValue?>
    }

    /// Lines of `metrics.jsonl` by step, of each run.
    package typealias Lines = Both<[Int: JSONValue]>

    package let step: Int
    /// The epoch of the step, from 0; nil where no line is there.
    package let epoch: Int?
    /// Figures that one of the four lines has.
    package let rows: [Row]

    /// By the names that the metrics have, in their order; times and numbers of workers are no figures of the computation.
    private static let names = [
        "loss", "accuracy", "learning_rate", "temperature", "drop_path_prob", "weight_gradient_norm",
        "alpha_gradient_norm", "alpha_gradient_signal", "alpha_gradient_noise", "reward", "skipped",
    ]

    package init(at step: Int, _ lines: Lines) {
        self.step = step
        epoch = lines.values.compactMap { $0[step]?["epoch"]?.integer }.first
        rows = Self.names.compactMap { name in
            func figures(_ step: Int) -> Both<JSONValue?> {
                lines.map { lines in lines[step]?[name].flatMap { $0 == .null ? nil : $0 } }
            }
            let row = Row(name: name, before: figures(step - 1), parting: figures(step))
            return (row.before.values + row.parting.values).allSatisfy { $0 == nil } ? nil : row
        }
    }

    /// Head and a row each, for a table; none where nothing is known. Before the first step there is none.
    var table: [[String]] {
        guard !rows.isEmpty else { return [] }
        let steps = step == 0 ? [step] : [step - 1, step]
        return [["", "metrics"] + steps.flatMap { ["first, \($0)", "second, \($0)"] } + [""]]
            + rows.map { row in
                let values = (step == 0 ? [] : row.before.values) + row.parting.values
                return ["", row.name] + values.map(Self.text) + [row.parting.areEqual ? "the same" : "differs"]
            }
    }

    /// As exact as the file has it: figures that differ in their last digit differ.
    private static func text(_ value: JSONValue?) -> String {
        value.map { $0.text ?? $0.serialized() } ?? "-"
    }

    var json: JSONValue {
        .array(
            rows.map { row in
                .object([
                    "name": .string(row.name), "before": row.before.json { $0 ?? .null },
                    "parting": row.parting.json { $0 ?? .null },
                ])
            })
    }
}
