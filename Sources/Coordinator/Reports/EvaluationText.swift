import Datasets
import Formats
import Reporting
import Training

/// What an evaluation prints, for people and for programs.
struct EvaluationText {
    let count: EvaluationCount
    let data: ImageSet
    let runPath: String

    /// Other classes named behind a class, the most frequent first.
    private static let mistakesShown = 5

    var lines: [String] {
        [
            "test images = \(count.images) (\(data.name), \(count.classes) classes), running statistics",
            "loss = \(Decimal.text(count.loss, 6))", "top-1 = \(text(count.topOne))", "top-5 = \(text(count.topFive))",
        ] + (0..<count.classes).map(line)
    }

    private func text(_ share: EvaluationCount.Share) -> String {
        "\(Decimal.text(100 * share.value, 2)) % +- \(Decimal.text(100 * share.standardError, 2)) (\(share.hits) of "
            + "\(share.images); standard error of that many images)"
    }

    /// One row of the confusion matrix.
    private func line(_ label: Int) -> String {
        let share = count.accuracy(of: label)
        guard share.images > 0 else { return "class \(name(label)): no images" }
        let mistakes = zip(0..., count.row(label)).filter { $0 != label && $1 > 0 }
            .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
        let shown = mistakes.prefix(Self.mistakesShown).map { "\(name($0.0)) (\($0.1))" }.joined(separator: ", ")
        let rest = mistakes.count > Self.mistakesShown ? ", \(mistakes.count - Self.mistakesShown) more" : ""
        return "class \(name(label)): \(Decimal.text(100 * share.value, 2)) % of \(share.images)"
            + (mistakes.isEmpty ? "" : "; taken for \(shown)\(rest)")
    }

    /// A renumbered class with the label that its images have in the files.
    private func name(_ label: Int) -> String {
        data.fileLabels.map { "\(label) [label \($0[label])]" } ?? "\(label)"
    }

    var json: JSONValue {
        func share(_ share: EvaluationCount.Share) -> JSONValue {
            .object([
                "accuracy": .number(share.value), "standard_error": .number(share.standardError),
                "hits": .integer(share.hits), "images": .integer(share.images),
            ])
        }
        return .object([
            "run": .string(runPath), "data": .string(data.name),
            "data_sha256": .string(Hexadecimal.string(data.digest())), "images": .integer(count.images),
            "classes": .integer(count.classes),
            "file_labels": data.fileLabels.map { .array($0.map { .integer(Int($0)) }) } ?? .null,
            "statistics": .string("running"), "loss": .number(count.loss),
            "top1": share(count.topOne), "top5": share(count.topFive),
            "per_class": .array(
                (0..<count.classes).map { label in
                    let own = count.accuracy(of: label)
                    return own.images == 0 ? .null : share(own)
                }),
            "confusion": .array(
                (0..<count.classes).map { .array(count.row($0).map { .integer($0) }) }),
        ])
    }
}
