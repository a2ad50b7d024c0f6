import Formats
import Host
import SearchSpace

/// The candidates of a kind of cell in a space's file.
extension SpaceFile {
    private static let others = "others"

    /// A list for every edge, or a mapping by edge.
    func edges(_ entry: YAMLNode.Entry, _ topology: CellTopology) throws -> [[Operation]] {
        switch entry.value.content {
        case .sequence:
            let everywhere = try operations(entry.value)
            guard everywhere != [.none] else { throw fail(entry.value, "a cell needs edges that do something") }
            return [[Operation]](repeating: everywhere, count: topology.edgeCount)
        case .mapping(let byEdge): return try edges(byEdge, of: entry, topology)
        case .scalar:
            throw fail(entry.value, "'\(entry.key)' wants a list of operations, or a mapping of edges to lists")
        }
    }

    private func edges(
        _ byEdge: [YAMLNode.Entry], of kind: YAMLNode.Entry, _ topology: CellTopology
    ) throws -> [[Operation]] {
        let names = topology.edges.map { "\($0.from)-\($0.to)" }
        for entry in byEdge where entry.key != Self.others && !names.contains(entry.key) {
            throw fail(
                entry,
                "a cell of \(topology.intermediateNodes) nodes has no edge '\(entry.key)'; it has \(names.joined(separator: ", "))"
            )
        }
        let rest = byEdge.first { $0.key == Self.others }
        return try names.map { name in
            guard let entry = byEdge.first(where: { $0.key == name }) ?? rest else {
                throw fail(kind, "'\(kind.key)' says nothing of edge \(name), and has no '\(Self.others)'")
            }
            return try operations(entry.value)
        }
    }

    private func operations(_ node: YAMLNode) throws -> [Operation] {
        guard case .sequence(let items) = node.content, !items.isEmpty else {
            throw fail(node, "a list of operations is expected")
        }
        var operations: [Operation] = []
        for item in items {
            guard case .scalar(let name) = item.content else { throw fail(item, "an operation's name is expected") }
            let known = Spelling.name(name, among: Operation.allCases.map(\.name))
            guard let operation = known.flatMap({ Operation(name: $0) }) else {
                let hint = NearestName.hint(for: name, among: Operation.allCases.map(\.name))
                throw fail(item, "'\(name)' is no operation\(hint)")
            }
            guard !operations.contains(operation) else { throw fail(item, "'\(name)' stands twice on one edge") }
            operations.append(operation)
        }
        return operations
    }
}
