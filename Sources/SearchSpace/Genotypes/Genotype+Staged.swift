/// NAS-Bench-201's string of a cell: a group for each node behind the input, `|operation~source|...|`, joined by `+`.
extension Genotype {
    var stagedText: String {
        (inputs..<inputs + intermediateNodes(of: .normal)).map { node in
            "|" + normal.filter { $0.to == node }.map { "\($0.operation.name)~\($0.from)|" }.joined()
        }.joined(separator: "+")
    }

    /// Whether a text is meant to be such a string.
    package static func isStaged(_ text: String) -> Bool { text.drop(while: \.isWhitespace).first == "|" }

    /// Nodes of the longest string that is read.
    private static let stagedNodeLimit = 16

    /// - Throws: `GenotypeError` with what does not fit.
    init(parsingStaged text: String) throws(GenotypeError) {
        let groups = text.filter { !$0.isWhitespace }.split(separator: "+", omittingEmptySubsequences: false)
        guard groups.count <= Self.stagedNodeLimit else {
            throw GenotypeError(reason: "\(groups.count) nodes; at most \(Self.stagedNodeLimit) are read")
        }
        var choices: [Choice] = []
        for (number, group) in groups.enumerated() { choices += try Self.choices(group, of: number + 1) }
        self.init(inputs: 1, normal: choices, reduce: [], normalConcat: [groups.count], reduceConcat: [])
    }

    /// - Parameter node: it has an edge from every earlier one, in their order.
    private static func choices(_ group: Substring, of node: Int) throws(GenotypeError) -> [Choice] {
        guard group.count > 1, group.first == "|", group.last == "|" else {
            throw GenotypeError(reason: "node \(node): '|operation~source|...|' expected, '\(group.prefix(24))' found")
        }
        let words = group.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false)
        guard words.count == node else {
            throw GenotypeError(
                reason: "node \(node) has \(words.count) edges; it has one from each of the \(node) nodes before it")
        }
        var choices: [Choice] = []
        for (source, word) in words.enumerated() {
            let parts = word.split(separator: "~", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1] == "\(source)" else {
                throw GenotypeError(
                    reason: "node \(node): 'operation~\(source)' expected, '\(word.prefix(24))' found")
            }
            choices.append(Choice(operation: try operation(named: String(parts[0])), from: source, to: node))
        }
        return choices
    }

    /// - Throws: `GenotypeError` that names the known ones.
    static func operation(named name: String) throws(GenotypeError) -> Operation {
        guard let operation = Operation(name: name) else {
            let known = Operation.allCases.map(\.name).joined(separator: ", ")
            throw GenotypeError(reason: "unknown operation '\(name.prefix(64))'; known are \(known)")
        }
        return operation
    }
}
