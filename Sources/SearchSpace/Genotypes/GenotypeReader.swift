/// The small grammar of genotype texts: a piece of Python's, with its comma after the last item.
struct GenotypeReader {
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

    mutating func skipComma() { _ = take(",") }

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

    /// A node's number.
    private mutating func number() throws(GenotypeError) -> Int {
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
        return try Genotype.operation(named: name)
    }

    mutating func cell(_ name: String) throws(GenotypeError) -> [(operation: Operation, from: Int)] {
        try expect(name)
        try expect("=")
        try expect("[")
        var pairs: [(operation: Operation, from: Int)] = []
        while !take("]") {
            if !pairs.isEmpty {
                try expect(",")
                if take("]") { break }
            }
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
            if take("]") { return nodes }
            nodes.append(try number())
            guard nodes.count <= Self.pairLimit else { throw fail("at most \(Self.pairLimit) nodes") }
        }
        try expect("]")
        return nodes
    }
}
