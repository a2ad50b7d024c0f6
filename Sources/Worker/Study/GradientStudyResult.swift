import Estimation
import Formats
import Host
import Reporting

/// A study of estimators for people and for programs.
struct GradientStudyResult {
    let folder: String
    /// The search's method, whose weights they are.
    let search: String
    let seed: Int
    let alpha: GradientStudy.Alpha
    /// Of alpha, in nats, all edges together.
    let entropy: Double
    let images: Int
    let draws: Int
    let edges: Int
    let children: Int
    let table: EstimatorTable

    /// The table; with `asJSON` it goes to standard error, and one object to standard output.
    ///
    /// - Throws: `UserError` (inputOutput).
    func print(asJSON: Bool) throws {
        for line in lines {
            if asJSON { if !LogStream.isQuiet { StandardStreams.note(line) } } else { try StandardStreams.print(line) }
        }
        if asJSON { try StandardStreams.print(json.serialized()) }
    }

    // MARK: For people

    private var lines: [String] {
        let cosine = Decimal.text(table.cosineOfLossAndAccuracy, 3)
        return [
            "\(folder): weights of --search \(search), seed \(seed), alpha \(alpha.rawValue) (entropy "
                + "\(Decimal.text(entropy, 2)) nats on \(edges) edges), \(children) children, \(images) images, \(draws) draws",
            "exactly: expected loss \(Decimal.text(table.loss.mean, 4)), length of its gradient "
                + "\(Self.short(table.gradientLength)); expected accuracy \(Decimal.text(100 * table.accuracy.mean, 2)) %; cosine "
                + "of falling loss and rising accuracy \(cosine)",
        ] + Self.aligned([Self.head] + table.rows.map(row))
    }

    private static let head = [
        "estimator", "bias", "+-", "all children", "variance", "+-", "all children", "equal cost", "cosine", "of 8",
        "of mean", "from dsnas", "multiply-adds",
    ]

    private func row(_ row: EstimatorTable.Row) -> [String] {
        let drawn = row.drawn
        return [
            Self.name(row.estimator), Self.short(drawn.bias), row.draws == 0 ? "-" : Self.short(drawn.biasError),
            row.exactBias.map { Decimal.text($0, 3) } ?? "-", Self.short(drawn.variance),
            row.draws == 0 ? "-" : Self.short(drawn.varianceError), row.exactVariance.map(Self.short) ?? "-",
            Self.short(row.variance(atCost: table.costOfRelaxedDraw)), Decimal.text(drawn.cosine, 3),
            Decimal.text(drawn.cosineOfGroup, 3), Decimal.text(row.cosineOfMean, 3), Self.short(row.distanceFromDSNAS),
            "\(Decimal.text(row.multiplyAdds / 1e6, 2)) M",
        ]
    }

    private static func name(_ estimator: AlphaEstimator) -> String {
        if let temperature = estimator.temperature { return "\(estimator.method), T = \(short(temperature))" }
        switch estimator.baseline {
        case .mean?: return "\(estimator.method), baseline mean"
        case .leaveOneOut?: return "\(estimator.method), leave one out"
        default: return estimator.method
        }
    }

    /// Three digits that count, or as many as stand before the point.
    private static func short(_ value: Double) -> String {
        let size = abs(value)
        if size == 0 { return "0" }
        if size >= 100 { return Decimal.text(value, 0) }
        if size >= 10 { return Decimal.text(value, 1) }
        if size >= 1 { return Decimal.text(value, 2) }
        return Decimal.text(value, size >= 0.1 ? 3 : size >= 0.01 ? 4 : 6)
    }

    private static func aligned(_ rows: [[String]]) -> [String] {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { column, cell in
                let blanks = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + blanks : blanks + cell.0
            }.joined(separator: "  ")
        }
    }

    // MARK: For programs

    private var json: JSONValue {
        .object([
            "run": .string(folder), "search": .string(search), "seed": .integer(seed),
            "alpha": .string(alpha.rawValue), "entropy": .number(entropy), "images": .integer(images),
            "draws": .integer(draws), "edges": .integer(edges), "children": .integer(children),
            "expected_loss": .number(table.loss.mean), "gradient": .array(table.loss.gradient.map(JSONValue.number)),
            "gradient_length": .number(table.gradientLength), "expected_accuracy": .number(table.accuracy.mean),
            "accuracy_gradient_length": .number(table.accuracyGradientLength),
            "cosine_of_loss_and_accuracy": .number(table.cosineOfLossAndAccuracy),
            "estimators": .array(table.rows.map(object)),
        ])
    }

    private func object(_ row: EstimatorTable.Row) -> JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }
        return .object([
            "estimator": .string(row.estimator.method), "temperature": number(row.estimator.temperature),
            "baseline": row.estimator.baseline.map { .string($0.rawValue) } ?? .null, "draws": .integer(row.draws),
            "bias": .number(row.drawn.bias), "bias_error": .number(row.drawn.biasError),
            "exact_bias": number(row.exactBias), "variance": .number(row.drawn.variance),
            "variance_error": .number(row.drawn.varianceError), "exact_variance": number(row.exactVariance),
            "variance_at_equal_cost": .number(row.variance(atCost: table.costOfRelaxedDraw)),
            "cosine": .number(row.drawn.cosine), "cosine_of_8": .number(row.drawn.cosineOfGroup),
            "cosine_of_mean": .number(row.cosineOfMean), "distance_from_dsnas": .number(row.distanceFromDSNAS),
            "multiply_adds_per_image": .number(row.multiplyAdds),
        ])
    }
}
