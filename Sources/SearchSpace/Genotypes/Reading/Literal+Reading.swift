/// What a value stands for. NumPy prints its numbers, texts and arrays as calls, and Python its ranges.
extension Literal {
    /// Items of a list that a range may stand for; a cell of 40 intermediate nodes has 860 edges, nobody's is larger.
    static let itemLimit = 1024

    private static let integerTypes: Set<Substring> = [
        "int", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "intc", "intp", "longlong",
    ]
    private static let realTypes: Set<Substring> = ["float", "float16", "float32", "float64", "tensor"]
    private static let textTypes: Set<Substring> = ["str", "str_", "unicode_"]
    private static let listTypes: Set<Substring> = ["list", "tuple", "array", "asarray"]

    private func expected(_ what: String) -> GenotypeError {
        GenotypeError(reason: "\(what) expected, \(kind) found", at: offset)
    }

    /// The only argument of a call that makes a value of another type, such as `np.int64(3)`; what else it is told by name, as
    /// `dtype='<U12'`, does not matter.
    private func converted(by types: Set<Substring>) -> Literal? {
        guard case .call(let name, let arguments) = value, types.contains(Self.ownName(name)) else { return nil }
        let given = arguments.filter { $0.name == nil }
        return given.count == 1 ? given[0].value : nil
    }

    /// - Parameter what: what the number is, as in "a node's number".
    /// - Throws: `GenotypeError` for what is no whole number. One in quotes is: an array of NumPy that holds operations too has
    ///   made a text of it.
    func whole(_ what: String) throws(GenotypeError) -> Int {
        switch value {
        case .whole(let number): return number
        case .text(let text):
            guard let number = Int(text), text.utf8.count < 8 else { throw expected(what) }
            return number
        default:
            guard let inner = converted(by: Self.integerTypes) else { throw expected(what) }
            return try inner.whole(what)
        }
    }

    /// Whether it is a number with a point, as weights of edges are.
    var isReal: Bool {
        if case .real = value { return true }
        guard let inner = converted(by: Self.realTypes) else { return false }
        if case .whole = inner.value { return true }
        return inner.isReal
    }

    /// - Throws: `GenotypeError` for what is no text in quotes.
    func text(_ what: String) throws(GenotypeError) -> String {
        if case .text(let text) = value { return text }
        guard let inner = converted(by: Self.textTypes) else { throw expected(what) }
        return try inner.text(what)
    }

    /// What a list, a tuple, an array or a range holds; nil for all else.
    var items: [Literal]? {
        if case .sequence(let items) = value { return items }
        if let range { return range.map { Literal(value: .whole($0), offset: offset) } }
        return converted(by: Self.listTypes)?.items
    }

    /// - Throws: `GenotypeError` for what is no list, and for a range or a list that is too long.
    func items(_ what: String) throws(GenotypeError) -> [Literal] {
        if case .call(let name, _) = value, name == "range", range == nil {
            throw GenotypeError(reason: "\(what): a range of 1 to \(Self.itemLimit) nodes expected", at: offset)
        }
        guard let items else { throw expected(what) }
        guard items.count <= Self.itemLimit else {
            throw GenotypeError(
                reason: "\(what) holds \(items.count) items; at most \(Self.itemLimit) are read", at: offset)
        }
        return items
    }

    /// `range(last)` or `range(first, end)`; nil for another value, an empty range or one that is too long.
    private var range: Range<Int>? {
        guard case .call("range", let arguments) = value, (1...2).contains(arguments.count),
            arguments.allSatisfy({ $0.name == nil })
        else { return nil }
        let bounds = arguments.compactMap { try? $0.value.whole("") }
        guard bounds.count == arguments.count, let end = bounds.last else { return nil }
        let first = bounds.count == 2 ? bounds[0] : 0
        let (count, overflow) = end.subtractingReportingOverflow(first)
        return !overflow && (1...Self.itemLimit).contains(count) ? first..<end : nil
    }
}
