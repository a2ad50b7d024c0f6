import Formats
import Host
import Reporting
package import SearchSpace

#if canImport(Glibc)
    import Glibc
#endif

/// The table that a search is reported with: each seed, mean and sample deviation.
package struct SeedTable: Sendable, Equatable {
    /// In the folder of the seeds; written when all searches are done.
    package static let fileName = "seeds.json"

    /// What one search came to.
    package struct Row: Sendable, Equatable {
        /// The search's `run.seed`.
        package let seed: Int
        /// The search's folder.
        package let run: String
        /// The cell that the search ended with.
        package let genotype: Genotype
        /// As the search printed it: SHA-256 over alpha, weights and running statistics, in hexadecimal digits.
        package let fingerprint: String
        /// Accuracies on held-out images after the last epoch, with inherited weights; nil where there are none.
        package let derived: Double?
        /// Of the super-network under relaxed samples of alpha.
        package let soft: Double?
        /// Of both alpha tables, in nats.
        package let entropy: Double?
        /// Of the derived network at the target's size.
        package let weights: Int
        /// What the cell is derived from.
        package let alpha: EdgeTable<Float>
        /// Of a training from scratch, on held-out images; nil without `--pick`.
        package var picked: Trained?

        /// What a training from scratch came to on the images that judge it.
        package struct Trained: Sendable, Equatable {
            /// Hits over images, from 0 to 1.
            package let accuracy: Double
            /// Mean cross-entropy in nats; infinite where the training was not finite.
            package let loss: Double

            /// From a row of `SeedPick`'s file.
            package init(accuracy: Double, loss: Double) {
                self.accuracy = accuracy
                self.loss = loss
            }
        }

        /// Read from a finished run's folder by `SeedSeries`.
        package init(
            seed: Int, run: String, genotype: Genotype, fingerprint: String, derived: Double?, soft: Double?,
            entropy: Double?, weights: Int, alpha: EdgeTable<Float>, picked: Trained? = nil
        ) {
            self.seed = seed
            self.run = run
            self.genotype = genotype
            self.fingerprint = fingerprint
            self.derived = derived
            self.soft = soft
            self.entropy = entropy
            self.weights = weights
            self.alpha = alpha
            self.picked = picked
        }
    }

    /// One a search, in the seeds' order.
    package private(set) var rows: [Row]
    private let target: (channels: Int, layers: Int)
    private let agreement: SeedAgreement?

    /// - Parameter rows: one at least.
    package init(rows: [Row], target: NetworkPlan) {
        precondition(!rows.isEmpty)
        self.rows = rows
        self.target = (target.initChannels, target.layers)
        agreement = SeedAgreement(rows.map(\.alpha), in: target.space)
    }

    /// The same table, and what a training from scratch of each cell came to.
    package func picking(_ trained: [Row.Trained]) -> SeedTable {
        precondition(trained.count == rows.count)
        var table = self
        for place in rows.indices { table.rows[place].picked = trained[place] }
        return table
    }

    /// The agreement follows from the rows.
    package static func == (left: SeedTable, right: SeedTable) -> Bool {
        left.rows == right.rows && left.target == right.target
    }

    /// The seed whose cell, trained from scratch, is right most often on held-out images, of equals the one of lower loss; where
    /// none was trained the one whose derived network is right most often after the last epoch. Of equals the lower seed.
    package var best: Row { rows.reduce(rows[0]) { Self.isBetter($1, than: $0) ? $1 : $0 } }

    private static func isBetter(_ row: Row, than other: Row) -> Bool {
        guard let own = row.picked, let others = other.picked else {
            return (row.derived ?? -1) > (other.derived ?? -1)
        }
        return own.accuracy == others.accuracy ? own.loss < others.loss : own.accuracy > others.accuracy
    }

    private var isPicked: Bool { rows.allSatisfy { $0.picked != nil } }

    private var bestRule: String {
        isPicked
            ? "highest accuracy on held-out images of the cell trained from scratch, of equals the lower loss, then the lower seed"
            : "highest accuracy of the derived network on held-out images after the last epoch, of equals the lower seed"
    }

    // MARK: Columns

    private struct Column {
        let key: String
        let title: String
        let decimals: Int
        let factor: Double
        let value: @Sendable (Row) -> Double?
    }

    private var columns: [Column] {
        let picked = Column(key: "picked_accuracy", title: "trained anew %", decimals: 2, factor: 100) {
            $0.picked?.accuracy
        }
        return (isPicked ? [picked] : []) + [
            Column(key: "derived_accuracy", title: "derived %", decimals: 2, factor: 100) { $0.derived },
            Column(key: "soft_accuracy", title: "soft sample %", decimals: 2, factor: 100) { $0.soft },
            Column(key: "entropy", title: "entropy", decimals: 2, factor: 1) { $0.entropy },
            Column(
                key: "parameters", title: "M weights at C\(target.channels) L\(target.layers)", decimals: 3,
                factor: 1e-6
            ) { Double($0.weights) },
        ]
    }

    /// Mean and sample deviation (n - 1) of the rows that have a value; no mean without a value, no deviation of one.
    package static func spread(_ values: [Double]) -> (mean: Double?, deviation: Double?) {
        guard !values.isEmpty else { return (nil, nil) }
        let mean = values.reduce(0, +) / Double(values.count)
        guard values.count > 1 else { return (mean, nil) }
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, sqrt(squares / Double(values.count - 1)))
    }

    private func spread(_ column: Column) -> (mean: Double?, deviation: Double?) {
        Self.spread(rows.compactMap(column.value))
    }

    // MARK: Forms

    /// For a terminal: a row a seed, the best one marked, then mean and deviation, and what the seeds have in common.
    package var text: String {
        func cell(_ value: Double?, _ column: Column) -> String {
            value.map { Decimal.text($0 * column.factor, column.decimals) } ?? "-"
        }
        var lines = [["seed"] + columns.map(\.title)]
        for row in rows {
            let mark = row.seed == best.seed ? " *" : ""
            lines.append(["\(row.seed)\(mark)"] + columns.map { cell($0.value(row), $0) })
        }
        lines.append(
            ["mean +- deviation"]
                + columns.map { column in
                    let (mean, deviation) = spread(column)
                    return "\(cell(mean, column)) +- \(cell(deviation, column))"
                })
        let widths = lines[0].indices.map { place in lines.map { $0[place].count }.max() ?? 0 }
        let table = lines.map { line in
            zip(line.dropLast(), widths).map { $0 + String(repeating: " ", count: $1 - $0.count) + "  " }.joined()
                + line[line.count - 1]
        }
        return table.joined(separator: "\n") + "\n* \(bestRule)" + (agreement.map { "\n" + $0.text } ?? "")
    }

    var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        func members(_ value: (Column) -> Double?) -> JSONValue {
            .object(columns.map { JSONValue.Member($0.key, number(value($0))) })
        }
        return .object([
            "seeds": .array(
                rows.map { row in
                    .object([
                        "seed": .integer(row.seed), "run": .string(row.run),
                        "picked_accuracy": number(row.picked?.accuracy), "picked_loss": number(row.picked?.loss),
                        "derived_accuracy": number(row.derived),
                        "soft_accuracy": number(row.soft), "entropy": number(row.entropy),
                        "parameters": .integer(row.weights), "genotype": .string(row.genotype.text),
                        "fingerprint": .string(row.fingerprint),
                    ])
                }),
            "mean": members { spread($0).mean }, "sample_deviation": members { spread($0).deviation },
            "best_seed": .integer(best.seed), "best_rule": .string(bestRule),
            "agreement": agreement?.json ?? .null,
            "parameters_of": .object(["channels": .integer(target.channels), "layers": .integer(target.layers)]),
        ])
    }

    /// As JSON, whole or not at all.
    ///
    /// - Throws: `SystemError`.
    package func write(in folder: String) throws {
        try FileSystem.writeAtomically(
            "\(folder)/\(Self.fileName)", Array((json.serialized(pretty: true) + "\n").utf8))
    }
}
