extension Genotype {
    /// The field's form with all edges, `none` included:
    /// `Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=range(2, 6), reduce=[...], reduce_concat=range(2, 6))`.
    package var text: String {
        "Genotype(normal=\(pairs(normal)), normal_concat=\(concat(normalConcat)), "
            + "reduce=\(pairs(reduce)), reduce_concat=\(concat(reduceConcat)))"
    }

    /// The same without any space, as Katib's default pattern wants it.
    package var compactText: String { text.filter { $0 != " " } }

    private func pairs(_ choices: [Choice]) -> String {
        "[" + choices.map { "('\($0.operation.name)', \($0.from))" }.joined(separator: ", ") + "]"
    }

    private func concat(_ nodes: [Int]) -> String {
        if let first = nodes.first, nodes == Array(first..<first + nodes.count) {
            return "range(\(first), \(first + nodes.count))"
        }
        return "[" + nodes.map(String.init).joined(separator: ", ") + "]"
    }
}

/// Why a text is no genotype of this space.
package struct GenotypeError: Error, Equatable, Sendable, CustomStringConvertible {
    package let reason: String

    package var description: String { reason }
}

extension Genotype {
    /// Reads `text` and `compactText`: names, tuples, lists and `range`, either quote. Nothing is evaluated.
    ///
    /// - Throws: `GenotypeError` with the place and what was expected there.
    package init(parsing text: String) throws(GenotypeError) {
        var reader = GenotypeReader(text)
        try reader.expect("Genotype")
        try reader.expect("(")
        let normal = try reader.cell("normal")
        try reader.expect(",")
        let normalConcat = try reader.concat("normal_concat")
        try reader.expect(",")
        let reduce = try reader.cell("reduce")
        try reader.expect(",")
        let reduceConcat = try reader.concat("reduce_concat")
        try reader.expect(")")
        try reader.end()
        self.init(
            normal: try Self.choices(normal, of: "normal"), reduce: try Self.choices(reduce, of: "reduce"),
            normalConcat: normalConcat, reduceConcat: reduceConcat)
        guard normal.count == reduce.count else {
            throw GenotypeError(reason: "normal has \(normal.count) edges, reduce has \(reduce.count)")
        }
        for (name, nodes) in [("normal_concat", normalConcat), ("reduce_concat", reduceConcat)] {
            let last = (self.normal.last?.to ?? 1) + 1
            guard !nodes.isEmpty, nodes.allSatisfy({ (2..<last).contains($0) }) else {
                throw GenotypeError(reason: "\(name) \(nodes) names nodes outside 2..<\(last)")
            }
        }
    }

    /// Gives the pairs their target nodes: 2 edges into node 2, 3 into node 3, and so on.
    private static func choices(
        _ pairs: [(operation: Operation, from: Int)], of cell: String
    ) throws(GenotypeError) -> [Choice] {
        var nodes = 0
        var edges = 0
        while edges < pairs.count {
            nodes += 1
            edges += nodes + 1
        }
        guard nodes > 0, edges == pairs.count else {
            throw GenotypeError(reason: "\(cell) has \(pairs.count) edges; a full cell has 2, 5, 9, 14, 20, ...")
        }
        var choices: [Choice] = []
        for edge in CellTopology(intermediateNodes: nodes).edges {
            let pair = pairs[edge.index]
            guard pair.from == edge.from else {
                throw GenotypeError(
                    reason: "\(cell) edge \(edge.index) comes from node \(pair.from), in edge order it is \(edge.from)")
            }
            choices.append(Choice(operation: pair.operation, from: edge.from, to: edge.to))
        }
        return choices
    }
}

/// The small grammar of genotype texts.
private struct GenotypeReader {
    private let characters: [Character]
    private var position = 0
    /// A cell of 40 intermediate nodes has 860 edges; nobody's text is longer.
    private static let pairLimit = 1024

    init(_ text: String) { characters = Array(text.prefix(200_000)) }

    private mutating func skipSpaces() {
        while position < characters.count, characters[position].isWhitespace { position += 1 }
    }

    private func fail(_ wanted: String) -> GenotypeError {
        let found = position < characters.count ? "'\(String(characters[position...].prefix(12)))'" : "the end"
        return GenotypeError(reason: "genotype text, character \(position + 1): \(wanted) expected, \(found) found")
    }

    mutating func expect(_ word: String) throws(GenotypeError) {
        guard take(word) else { throw fail("'\(word)'") }
    }

    private mutating func take(_ word: String) -> Bool {
        skipSpaces()
        let letters = Array(word)
        guard position + letters.count <= characters.count,
            Array(characters[position..<position + letters.count]) == letters
        else { return false }
        position += letters.count
        return true
    }

    mutating func end() throws(GenotypeError) {
        skipSpaces()
        guard position == characters.count else { throw fail("the end") }
    }

    mutating func number() throws(GenotypeError) -> Int {
        skipSpaces()
        var digits = ""
        while position < characters.count, characters[position].isASCII, characters[position].isNumber, digits.count < 6
        {
            digits.append(characters[position])
            position += 1
        }
        guard let value = Int(digits) else { throw fail("a number") }
        return value
    }

    private mutating func operation() throws(GenotypeError) -> Operation {
        skipSpaces()
        guard position < characters.count, "'\"".contains(characters[position]) else {
            throw fail("a quoted operation")
        }
        let quote = characters[position]
        position += 1
        var name = ""
        while position < characters.count, characters[position] != quote, name.count < 64 {
            name.append(characters[position])
            position += 1
        }
        try expect(String(quote))
        guard let operation = Operation(name: name) else {
            let known = Operation.allCases.map(\.name).joined(separator: ", ")
            throw GenotypeError(reason: "unknown operation '\(name)'; known are \(known)")
        }
        return operation
    }

    mutating func cell(_ name: String) throws(GenotypeError) -> [(operation: Operation, from: Int)] {
        try expect(name)
        try expect("=")
        try expect("[")
        var pairs: [(operation: Operation, from: Int)] = []
        while !take("]") {
            if !pairs.isEmpty { try expect(",") }
            try expect("(")
            let operation = try operation()
            try expect(",")
            pairs.append((operation, try number()))
            try expect(")")
            guard pairs.count <= Self.pairLimit else { throw fail("at most \(Self.pairLimit) edges") }
        }
        return pairs
    }

    mutating func concat(_ name: String) throws(GenotypeError) -> [Int] {
        try expect(name)
        try expect("=")
        if take("range") {
            try expect("(")
            let first = try number()
            try expect(",")
            let end = try number()
            try expect(")")
            guard first < end, end - first <= Self.pairLimit else { throw fail("a range that holds nodes") }
            return Array(first..<end)
        }
        try expect("[")
        var nodes = [try number()]
        while take(",") {
            nodes.append(try number())
            guard nodes.count <= Self.pairLimit else { throw fail("at most \(Self.pairLimit) nodes") }
        }
        try expect("]")
        return nodes
    }
}
