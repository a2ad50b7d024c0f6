package import Formats

/// An epoch's line of the metrics as a page has it: alpha's probabilities and the credits as rows of numbers, without the
/// operations' names in every row.
package struct PageEpoch: Sendable, Equatable {
    /// Tables of an epoch's line, by kind, edge and operation; and the decimals that a picture needs.
    private static let tables = [("probabilities", 1e4), ("credits", 1e6)]

    /// From 0.
    package let epoch: Int
    /// The cell that would be kept then; nil of a retraining's epoch.
    package let genotype: String?
    /// By kind, the names of each edge's operations; nil where the line has neither table.
    let operations: JSONValue?
    let json: JSONValue

    /// - Parameter line: as `metrics.jsonl` has it.
    /// - Returns: nil for what is no epoch's line.
    package init?(_ line: JSONValue) {
        guard line["kind"]?.text == "epoch", let epoch = line["epoch"]?.integer, epoch >= 0,
            case .object(let members) = line
        else { return nil }
        self.epoch = epoch
        genotype = line["genotype"]?.text
        operations = Self.tables.lazy.compactMap { Self.byKind(line[$0.0], Self.names) }.first
        json = .object(
            members.map { member in
                guard let scale = Self.tables.first(where: { $0.0 == member.key })?.1 else { return member }
                let rows = Self.byKind(member.value) { Self.values($0, scale: scale) }
                return JSONValue.Member(member.key, rows ?? .null)
            })
    }

    /// What a function makes of each edge's object, for every kind of cell.
    private static func byKind(_ table: JSONValue?, _ row: (JSONValue) -> JSONValue) -> JSONValue? {
        guard case .object(let kinds)? = table else { return nil }
        return .object(kinds.map { .init($0.key, .array(($0.value.elements ?? []).map(row))) })
    }

    private static func names(_ edge: JSONValue) -> JSONValue {
        guard case .object(let members) = edge else { return .array([]) }
        return .array(members.map { .string($0.key) })
    }

    private static func values(_ edge: JSONValue, scale: Double) -> JSONValue {
        guard case .object(let members) = edge else { return .array([]) }
        return .array(members.map { $0.value.number.map { .number(($0 * scale).rounded() / scale) } ?? .null })
    }
}
