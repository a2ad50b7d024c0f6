/// NAS-Bench-201's string of a cell: a group for each node behind the input, `|operation~source|...|`, joined by `+`.
extension Genotype {
    var stagedText: String {
        (inputs..<inputs + intermediateNodes(of: .normal)).map { node in
            "|" + normal.filter { $0.to == node }.map { "\($0.operation.name)~\($0.from)|" }.joined()
        }.joined(separator: "+")
    }

    /// Nodes of the longest string that is read.
    private static let stagedNodeLimit = 16

    /// - Parameter reader: stands at the first `|`, and then behind the last one.
    /// - Throws: `GenotypeError` with what does not fit.
    init(staged reader: inout LiteralReader) throws(GenotypeError) {
        var groups: [StagedGroup] = []
        repeat {
            guard groups.count < Self.stagedNodeLimit else {
                throw reader.fail("more than \(Self.stagedNodeLimit) nodes; at most \(Self.stagedNodeLimit) are read")
            }
            groups.append(try StagedGroup(&reader, of: groups.count + 1))
        } while reader.takeJoint()
        var choices: [Choice] = []
        for group in groups { choices += try group.choices() }
        self.init(inputs: 1, normal: choices, reduce: [], normalConcat: [groups.count], reduceConcat: [])
    }

    /// - Throws: `GenotypeError` for a pair of cells.
    func nasBench201Text() throws(GenotypeError) -> String {
        guard inputs == 1 else {
            throw GenotypeError(
                reason: "it is a normal and a reduction cell with two inputs each, not one cell with one")
        }
        return stagedText
    }
}

/// The edges of one node, `|operation~source|...|`.
private struct StagedGroup {
    let node: Int
    let offset: Int
    let words: [(text: String, offset: Int)]

    init(_ reader: inout LiteralReader, of node: Int) throws(GenotypeError) {
        self.node = node
        reader.skipBlanks()
        offset = reader.position
        var words: [(text: String, offset: Int)] = []
        if reader.take("|") {
            while let word = reader.edgeWord() {
                words.append(word)
                guard reader.next == UInt8(ascii: "|") else { throw reader.fail("node \(node): '|' expected") }
                reader.position += 1
            }
        }
        self.words = words
        guard !words.isEmpty else {
            throw GenotypeError(reason: "node \(node): '|operation~source|...|' expected", at: offset)
        }
    }

    /// One from every earlier node, in their order.
    func choices() throws(GenotypeError) -> [Genotype.Choice] {
        guard words.count == node else {
            throw GenotypeError(
                reason: "node \(node) has \(words.count) edges; it has one from each of the \(node) nodes before it",
                at: offset)
        }
        var choices: [Genotype.Choice] = []
        for (source, word) in words.enumerated() {
            let parts = word.text.split(separator: "~", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1] == "\(source)" else {
                throw GenotypeError(
                    reason: "node \(node): 'operation~\(source)' expected, '\(word.text.prefix(24))' found",
                    at: word.offset)
            }
            let operation = try OperationNames.operation(named: String(parts[0]), at: word.offset)
            choices.append(Genotype.Choice(operation: operation, from: source, to: node))
        }
        return choices
    }
}

extension LiteralReader {
    /// An operation and its source, `none~0`; nil where no word begins. In a log other words follow the string behind a blank.
    fileprivate mutating func edgeWord() -> (text: String, offset: Int)? {
        let start = position
        while let byte = next, Self.goesOnWithWord(byte) || byte == UInt8(ascii: "~") { position += 1 }
        return position == start ? nil : (String(decoding: bytes[start..<position], as: UTF8.self), start)
    }

    /// Passes the plus sign between two groups, with blanks around it where a group follows.
    fileprivate mutating func takeJoint() -> Bool {
        if next == UInt8(ascii: "+") {
            position += 1
            return true
        }
        var ahead = self
        guard ahead.take("+"), ahead.take("|") else { return false }
        return take("+")
    }
}
