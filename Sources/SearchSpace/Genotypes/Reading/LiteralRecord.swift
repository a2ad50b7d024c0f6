/// Values by name: the arguments of a call, or a dictionary whose keys are texts.
struct LiteralRecord {
    /// What errors call it: `Genotype(...)`, or the dictionary.
    private let title: String
    private let offset: Int
    private let positional: [Literal]
    private let members: [(key: String, value: Literal, offset: Int)]

    /// Of a call.
    init(_ name: String, _ arguments: [Literal.Argument], at offset: Int) {
        title = "\(Literal.ownName(name))(...)"
        self.offset = offset
        positional = arguments.filter { $0.name == nil }.map(\.value)
        members = arguments.compactMap { argument in
            argument.name.map { (key: $0, value: argument.value, offset: argument.value.offset) }
        }
    }

    /// Of a dictionary; keys that are no texts are passed over.
    init(_ dictionary: [Literal.Member], at offset: Int) {
        title = "the dictionary"
        self.offset = offset
        positional = []
        members = dictionary.compactMap { member in
            (try? member.key.text("")).map { (key: $0, value: member.value, offset: member.key.offset) }
        }
    }

    var keys: [String] { members.map(\.key) }

    /// Those among the values, in their order.
    var dictionaries: [LiteralRecord] {
        members.compactMap { member in
            guard case .dictionary(let inner) = member.value.value else { return nil }
            return LiteralRecord(inner, at: member.value.offset)
        }
    }

    /// Nil where there is none.
    subscript(key: String) -> Literal? { members.first { $0.key == key }?.value }

    /// - Throws: `GenotypeError` that says what is missing.
    func required(_ key: String) throws(GenotypeError) -> Literal {
        guard let value = self[key] else {
            throw GenotypeError(reason: "\(title) has no \(key)", at: offset)
        }
        return value
    }

    /// The same with a name for each value that is given by its position.
    ///
    /// - Parameter known: the names, in the order of the positions.
    /// - Throws: `GenotypeError` for another name, one that is there twice, and for too many values.
    func named(_ known: [String]) throws(GenotypeError) -> LiteralRecord {
        guard positional.count <= known.count else {
            throw GenotypeError(
                reason: "\(title) has \(positional.count) values, at most \(known.count) are known",
                at: positional[known.count].offset)
        }
        let all = zip(known, positional).map { (key: $0, value: $1, offset: $1.offset) } + members
        for (index, member) in all.enumerated() {
            guard known.contains(member.key) else {
                throw GenotypeError(
                    reason: "\(title) has '\(member.key.prefix(32))'; known are \(known.joined(separator: ", "))",
                    at: member.offset)
            }
            guard !all[..<index].contains(where: { $0.key == member.key }) else {
                throw GenotypeError(reason: "\(title) has \(member.key) twice", at: member.offset)
            }
        }
        return LiteralRecord(title: title, offset: offset, members: all)
    }

    private init(title: String, offset: Int, members: [(key: String, value: Literal, offset: Int)]) {
        (self.title, self.offset, self.positional, self.members) = (title, offset, [], members)
    }
}
