import Formats
import Host
package import SearchSpace

/// A search space in a YAML file of one's own:
///
/// ```yaml
/// name: small                 # the file's name where it is left out
/// skeleton: reductions        # or stages, NAS-Bench-201's
/// nodes: 2                    # intermediate ones, of every kind of cell
/// output: {normal: concatenation, reduce: last_node}      # concatenation where it is left out
/// normal: [none, skip_connect, sep_conv_3x3]    # on every edge
/// reduce:
///   0-2: [max_pool_3x3, skip_connect]           # on the edge from node 0 to node 2
///   1-2: [none]                                 # none alone: there is no such edge
///   others: [none, skip_connect]
/// ```
///
/// Nodes are numbered from the inputs on: 0 and 1 are the outputs of the two cells before (of stages 0 alone, the one before).
/// `nodes` takes `{normal: 3, reduce: 1}` too. A staged network has one kind of cell, `normal`, and its output is the last node.
package struct SpaceFile {
    let source: String
    private static let limitBytes = 1 << 18
    private static let keys = ["name", "skeleton", "nodes", "output", "normal", "reduce"]

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

    /// Reads a space from YAML text.
    ///
    /// - Parameter source: what errors call the text; its last part without ending names a space that has no `name`.
    /// - Throws: `UserError` (configuration) with line and column.
    package static func parse(_ text: String, source: String) throws -> SearchSpace {
        let node: YAMLNode
        do { node = try YAML.parse(text, source: source) } catch { throw UserError(.configuration, error.description) }
        return try SpaceFile(source: source).space(node)
    }

    func fail(_ node: YAMLNode, _ reason: String) -> UserError {
        UserError(.configuration, "\(source): line \(node.line), column \(node.column): \(reason)")
    }

    func fail(_ entry: YAMLNode.Entry, _ reason: String) -> UserError {
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
        // A key without a value says as little as a key that is left out.
        func entry(_ key: String) -> YAMLNode.Entry? { entries.first { $0.key == key && !$0.value.isNull } }
        let skeleton = try entry("skeleton").map(skeleton) ?? .reductions
        guard let nodesEntry = entry("nodes") else { throw fail(node, "'nodes' is missing") }
        let nodes = try byKind(nodesEntry, skeleton, nodes)
        let outputs = try entry("output").map { try byKind($0, skeleton) { try output($0, skeleton) } }
        let graphs = CellKind.allCases.indices.map { kind in
            let kind = min(kind, skeleton.kinds.count - 1)
            return skeleton.topology(intermediateNodes: nodes[kind], output: outputs?[kind])
        }
        guard let normal = entry("normal") else { throw fail(node, "'normal' is missing") }
        var candidates = [try edges(normal, graphs[0])]
        switch (skeleton, entry("reduce")) {
        case (.reductions, let reduce?): candidates.append(try edges(reduce, graphs[1]))
        case (.reductions, nil): throw fail(node, "'reduce' is missing: the reduction cells' candidates")
        case (.stages, let reduce?): throw fail(reduce, "stages have one kind of cell, 'normal'")
        case (.stages, nil): candidates.append([])
        }
        let space = SearchSpace(
            name: try name(entry("name")), topologies: graphs, candidates: candidates, skeleton: skeleton)
        try checkNodes(of: space, [entry("normal"), entry("reduce")].compactMap { $0 })
        return space
    }

    /// Every node needs an edge that is there.
    private func checkNodes(of space: SearchSpace, _ entries: [YAMLNode.Entry]) throws {
        for (kind, entry) in zip(space.kinds, entries) {
            for node in space.topology(kind).nodes where space.usableEdges(kind, into: node).isEmpty {
                throw fail(entry, "node \(node) of '\(entry.key)' has no edge that does something")
            }
        }
    }

    /// One value for all kinds of cell, or a mapping by kind.
    ///
    /// - Returns: a value for each kind of the skeleton, in their order.
    private func byKind<Value>(
        _ entry: YAMLNode.Entry, _ skeleton: Skeleton, _ read: (YAMLNode) throws -> Value
    ) throws -> [Value] {
        guard case .mapping(let own) = entry.value.content else {
            let value = try read(entry.value)
            return skeleton.kinds.map { _ in value }
        }
        let names = skeleton.kinds.map { "\($0)" }
        for other in own where !names.contains(other.key) {
            throw fail(other, "'\(entry.key)' has \(names.joined(separator: " and ")), not '\(other.key)'")
        }
        return try names.map { name in
            guard let value = own.first(where: { $0.key == name })?.value else {
                throw fail(entry, "'\(entry.key)' says nothing of '\(name)'")
            }
            return try read(value)
        }
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
        guard case .scalar(let text) = entry.value.content, let skeleton = Skeleton(rawValue: text.lowercased()) else {
            throw fail(entry, "'skeleton' takes reductions or stages")
        }
        return skeleton
    }

    private func nodes(_ node: YAMLNode) throws -> Int {
        guard case .scalar(let text) = node.content, let nodes = Spelling.whole(text),
            (1...SearchSpace.nodeLimit).contains(nodes)
        else { throw fail(node, "'nodes' takes 1 to \(SearchSpace.nodeLimit)") }
        return nodes
    }

    private func output(_ node: YAMLNode, _ skeleton: Skeleton) throws -> CellTopology.Output {
        guard case .scalar(let text) = node.content,
            let name = Spelling.name(text, among: skeleton.outputs.map(\.rawValue)),
            let output = CellTopology.Output(rawValue: name), skeleton.outputs.contains(output)
        else {
            let known = skeleton.outputs.map(\.rawValue).joined(separator: " or ")
            throw fail(node, "'output' of \(skeleton.rawValue) takes \(known)")
        }
        return output
    }
}
