extension Genotype {
    /// The form that the field's codes write and read, with the choices in their order:
    /// `Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=range(2, 6), reduce=[...], reduce_concat=range(2, 6))`.
    /// A cell of NAS-Bench-201 is written as that benchmark's string: `|nor_conv_3x3~0|+|none~0|skip_connect~1|+...`.
    package var text: String {
        guard inputs == 2 else { return stagedText }
        return "Genotype(normal=\(pairs(normal)), normal_concat=\(Self.nodesText(normalConcat)), "
            + "reduce=\(pairs(reduce)), reduce_concat=\(Self.nodesText(reduceConcat)))"
    }

    /// `text` without any space, as Katib's default pattern wants it.
    package var compactText: String { text.filter { $0 != " " } }

    private func pairs(_ choices: [Choice]) -> String {
        "[" + choices.map { "('\($0.operation.name)', \($0.from))" }.joined(separator: ", ") + "]"
    }

    /// As Python would print them: a range where they follow each other.
    static func nodesText(_ nodes: [Int]) -> String {
        if let first = nodes.first, nodes == Array(first..<first + nodes.count) {
            return "range(\(first), \(first + nodes.count))"
        }
        return "[" + nodes.map(String.init).joined(separator: ", ") + "]"
    }
}
