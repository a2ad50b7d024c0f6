import Formats
import Host
package import SearchSpace

/// A search space in a YAML file of one's own:
///
/// ```yaml
/// name: small                 # the file's name where it is left out
/// skeleton: reductions        # or stages, NAS-Bench-201's
/// nodes: 2                    # intermediate ones
/// normal: [none, skip_connect, sep_conv_3x3]    # on every edge
/// reduce:
///   0-2: [max_pool_3x3, skip_connect]           # on the edge from node 0 to node 2
///   others: [none, skip_connect]
/// ```
///
/// Nodes are numbered from the inputs on: 0 and 1 are the outputs of the two cells before (of stages 0 alone, the one before). A
/// staged network has one kind of cell, `normal`.
package struct SpaceFile {
    private let source: String
    private static let limitBytes = 1 << 18
    private static let keys = ["name", "skeleton", "nodes", "normal", "reduce"]
    private static let others = "others"

    /// Whether a value of `--space` is meant to be a file.
    static func isFile(_ value: String) -> Bool {
        SearchSpace(word: value) == nil
            && (value.contains("/") || value.hasSuffix(".yaml") || value.hasSuffix(".yml"))
    }

    /// - Throws: `UserError`: noInput for a file that is missing, configuration for a bad one, with line and column.
    static func read(_ path: String) throws -> SearchSpace {
        let bytes = try FileSystem.readFile(path, limitBytes: limitBytes)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw UserError(.configuration, "\(path) is not UTF-8 text")
        }
        return try parse(text, source: path)
    }

    package static func parse(_ text: String, source: String) throws -> SearchSpace {
        let node: YAMLNode
        do { node = try YAML.parse(text, source: source) } catch { throw UserError(.configuration, error.description) }
        return try SpaceFile(source: source).space(node)
    }

    private func fail(_ node: YAMLNode, _ reason: String) -> UserError {
        UserError(.configuration, "\(source): line \(node.line), column \(node.column): \(reason)")
    }

    private func fail(_ entry: YAMLNode.Entry, _ reason: String) -> UserError {
        UserError(.configuration, "\(source): line \(entry.keyLine), column \(entry.keyColumn): \(reason)")
    }

    // MARK: Parts

    private func space(_ node: YAMLNode) throws -> SearchSpace {
        guard case .mapping(let entries) = node.content else {
            throw fail(node, "a mapping is expected, with \(Self.keys.joined(separator: ", "))")
        }
        for entry in entries where !Self.keys.contains(entry.key) {
            throw fail(entry, "unknown key '\(entry.key)'\(NearestName.hint(for: entry.key, among: Self.keys))")
        }
        func entry(_ key: String) -> YAMLNode.Entry? { entries.first { $0.key == key } }
        let skeleton = try entry("skeleton").map(skeleton) ?? .reductions
        guard let nodesEntry = entry("nodes") else { throw fail(node, "'nodes' is missing") }
        let topology = SearchSpace.topology(skeleton, intermediateNodes: try nodes(nodesEntry))
        guard let normal = entry("normal") else { throw fail(node, "'normal' is missing") }
        var candidates = [try edges(normal, topology)]
        switch (skeleton, entry("reduce")) {
        case (.reductions, let reduce?): candidates.append(try edges(reduce, topology))
        case (.reductions, nil): throw fail(node, "'reduce' is missing: the reduction cells' candidates")
        case (.stages, let reduce?): throw fail(reduce, "stages have one kind of cell, 'normal'")
        case (.stages, nil): candidates.append([])
        }
        return SearchSpace(
            name: try name(entry("name")), topology: topology, candidates: candidates, skeleton: skeleton)
    }

    private func name(_ entry: YAMLNode.Entry?) throws -> String {
        if let entry {
            guard case .scalar(let name) = entry.value.content, SearchSpace.isName(name) else {
                throw fail(entry, "'name' takes letters, digits, _, - and .")
            }
            return name
        }
        let file = source.split(separator: "/").last.map(String.init) ?? source
        let stem = file.split(separator: ".").first.map(String.init) ?? file
        return SearchSpace.isName(stem) ? stem : "own"
    }

    private func skeleton(_ entry: YAMLNode.Entry) throws -> Skeleton {
        guard case .scalar(let text) = entry.value.content, let skeleton = Skeleton(rawValue: text) else {
            throw fail(entry, "'skeleton' takes reductions or stages")
        }
        return skeleton
    }

    private func nodes(_ entry: YAMLNode.Entry) throws -> Int {
        guard case .scalar(let text) = entry.value.content, let nodes = Int(text),
            (1...SearchSpace.nodeLimit).contains(nodes)
        else { throw fail(entry, "'nodes' takes 1 to \(SearchSpace.nodeLimit)") }
        return nodes
    }

    /// A list for every edge, or a mapping by edge.
    private func edges(_ entry: YAMLNode.Entry, _ topology: CellTopology) throws -> [[Operation]] {
        switch entry.value.content {
        case .sequence:
            let everywhere = try operations(entry.value)
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
            guard let operation = Operation(name: name) else {
                let hint = NearestName.hint(for: name, among: Operation.allCases.map(\.name))
                throw fail(item, "'\(name)' is no operation\(hint)")
            }
            guard !operations.contains(operation) else { throw fail(item, "'\(name)' stands twice on one edge") }
            operations.append(operation)
        }
        guard operations.contains(where: { $0 != .none }) else {
            throw fail(node, "an edge needs an operation that does something, not none alone")
        }
        return operations
    }
}
