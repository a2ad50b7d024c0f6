/// The edges of one kind of cell as a dialect lists them, before it is known which node each leads to.
struct CellEdges {
    struct Item {
        let operation: Operation
        let from: Int
        /// The node that it leads to, where the dialect says it.
        let to: Int?
        /// The byte where it stands.
        let offset: Int
    }

    /// What the third thing of an edge is.
    enum Third {
        /// Nothing, or a weight, which is passed over: `('sep_conv_3x3', 0)`, `('sep_conv_3x3', 0, 0.13)`.
        case weight
        /// The target: `('sep_conv_3x3', 0, 2)` of aw_nas.
        case target
        /// The source, for the second is the target: `["sep_conv_3x3", 2, 0]` of Vega.
        case source
    }

    /// As the text calls the cell: `normal`, `reduce_1`.
    let name: String
    /// A list of edges, or one for each node.
    let groups: [[Item]]
    /// Whether the text had a list for each node.
    let isGrouped: Bool
    /// The byte where the list begins.
    let offset: Int

    /// - Parameters:
    ///   - others: names of operations beside the common ones.
    /// - Throws: `GenotypeError` for what is no list of edges.
    init(
        _ name: String, _ literal: Literal, third: Third = .weight, others: [String: Operation] = [:]
    ) throws(GenotypeError) {
        self.name = name
        offset = literal.offset
        let items = try literal.items("\(name): a list of edges")
        isGrouped = items.contains { $0.items?.first?.items != nil }
        guard isGrouped else {
            groups = [try Self.edges(items, name, third, others)]
            return
        }
        var groups: [[Item]] = []
        for item in items {
            groups.append(try Self.edges(try item.items("\(name): a list of a node's edges"), name, third, others))
        }
        guard groups.map(\.count).reduce(0, +) <= Literal.itemLimit else {
            throw GenotypeError(reason: "\(name): more than \(Literal.itemLimit) edges", at: offset)
        }
        self.groups = groups
    }

    var edges: [Item] { groups.flatMap(\.self) }

    private static func edges(
        _ items: [Literal], _ name: String, _ third: Third, _ others: [String: Operation]
    ) throws(GenotypeError) -> [Item] {
        var edges: [Item] = []
        for item in items { edges.append(try edge(item, name, third, others)) }
        return edges
    }

    private static func edge(
        _ literal: Literal, _ name: String, _ third: Third, _ others: [String: Operation]
    ) throws(GenotypeError) -> Item {
        let parts = try literal.items("\(name): an edge as \(example(third))")
        guard third == .weight ? (2...3).contains(parts.count) : parts.count == 3 else {
            throw GenotypeError(
                reason: "\(name): an edge has \(parts.count) parts; it is written as \(example(third))",
                at: literal.offset)
        }
        let operation = try OperationNames.operation(
            named: try parts[0].text("an operation in quotes"), others: others, at: parts[0].offset)
        let second = try nodeNumber(parts[1])
        switch third {
        case .weight:
            guard parts.count == 2 || parts[2].isReal else {
                throw GenotypeError(
                    reason: "\(name): the third number of an edge could be a weight or a node; a weight has a point",
                    at: parts[2].offset)
            }
            return Item(operation: operation, from: second, to: nil, offset: literal.offset)
        case .target:
            return Item(operation: operation, from: second, to: try nodeNumber(parts[2]), offset: literal.offset)
        case .source:
            return Item(operation: operation, from: try nodeNumber(parts[2]), to: second, offset: literal.offset)
        }
    }

    private static func nodeNumber(_ literal: Literal) throws(GenotypeError) -> Int {
        let number = try literal.whole("a node's number")
        guard (0..<Literal.itemLimit).contains(number) else {
            throw GenotypeError(
                reason: "a node has the number \(number); they are 0 to \(Literal.itemLimit - 1)", at: literal.offset)
        }
        return number
    }

    private static func example(_ third: Third) -> String {
        switch third {
        case .weight: "('operation', from)"
        case .target: "('operation', from, to)"
        case .source: "[\"operation\", to, from]"
        }
    }

    /// The nodes of a cell's output.
    ///
    /// - Throws: `GenotypeError` for what is no list of numbers.
    static func concat(_ name: String, _ literal: Literal) throws(GenotypeError) -> [Int] {
        let items = try literal.items("\(name): a list of nodes")
        guard !items.isEmpty else {
            throw GenotypeError(reason: "\(name) is empty: a cell gives on one node or several", at: literal.offset)
        }
        var nodes: [Int] = []
        for item in items { nodes.append(try nodeNumber(item)) }
        return nodes
    }
}
