package import Formats
package import SearchSpace

/// What a search space holds, for people and for programs.
package struct SpaceDescription {
    private let plan: NetworkPlan
    private var space: SearchSpace { plan.space }

    /// - Parameter plan: of the super-network that its sizes are told of.
    package init(_ plan: NetworkPlan) { self.plan = plan }

    private var weightCount: Int { WeightLayout.superNetwork(plan).weightCount }

    private static func names(_ operations: [Operation]) -> String { operations.map(\.name).joined(separator: ", ") }

    // MARK: For people

    /// Size of the space, then the candidates of each edge, kind by kind; without line ends.
    package var lines: [String] {
        let genotypes = CellSpace(plan).genotypeCount.map(NetworkDescription.grouped) ?? "more than 2^63"
        var lines = [
            "space \(space.name): " + Self.graphs(space),
            "\(genotypes) genotypes; the super-network of \(plan.initChannels) channels and \(plan.layers) cells has "
                + "\(NetworkDescription.grouped(weightCount)) weights",
        ]
        for kind in space.kinds { lines += ["", "\(kind) cell:"] + edges(kind) }
        if space.hasAuxiliarySkip { lines += ["", "A skip stands beside every mixed operation of the super-network."] }
        let others = space.partsWithoutKernels
        if !others.isEmpty {
            let names = others.joined(separator: ", ")
            lines += ["", "The kernels do not have \(names): libtorch's operators compute the super-network."]
        }
        return lines
    }

    /// One sentence where all kinds have one graph.
    private static func graphs(_ space: SearchSpace) -> String {
        let graphs = space.kinds.map { graph(space, $0) }
        guard Set(graphs).count > 1 else { return graphs[0] }
        return zip(space.kinds, graphs).map { "\($0): \($1)" }.joined(separator: ". ")
    }

    private static func graph(_ space: SearchSpace, _ kind: CellKind) -> String {
        let topology = space.topology(kind)
        let edges = topology.edges.count { !space.isLeftOut(kind, $0) }
        let output =
            switch topology.output {
            case .concatenation: "all nodes, one behind the other"
            case .lastNode: "the last node"
            }
        return "\(count(topology.inputs, "input")) and \(count(topology.intermediateNodes, "node")) a cell, "
            + "\(count(edges, "edge")); the output is \(output)"
    }

    private static func count(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }

    /// One line where all edges are there and alike.
    private func edges(_ kind: CellKind) -> [String] {
        let edges = space.topology(kind).edges.filter { !space.isLeftOut(kind, $0) }
        let candidates = edges.map { space.candidates(kind, $0) }
        let isWhole = edges.count == space.topology(kind).edgeCount
        if isWhole, let first = candidates.first, candidates.allSatisfy({ $0 == first }) {
            return ["  every edge: \(Self.names(first))"]
        }
        return zip(edges, candidates).map { "  \($0.from)-\($0.to): \(Self.names($1))" }
    }

    // MARK: For programs

    private func byKind(_ value: (CellKind) -> JSONValue) -> JSONValue {
        .object(space.kinds.map { JSONValue.Member("\($0)", value($0)) })
    }

    /// What the space holds, for programs, every edge by itself. `genotypes` is null where there are more than 2^63.
    package var json: JSONValue {
        let kinds = space.kinds.map { kind in
            JSONValue.Member(
                "\(kind)",
                .array(
                    space.topology(kind).edges.map { edge in
                        .object([
                            "from": .integer(edge.from), "to": .integer(edge.to),
                            "operations": .array(space.candidates(kind, edge).map { .string($0.name) }),
                        ])
                    }))
        }
        return .object([
            JSONValue.Member("space", .string(space.name)), JSONValue.Member("inputs", .integer(space.skeleton.inputs)),
            JSONValue.Member("nodes", .integer(space.nodes)),
            JSONValue.Member(
                "output_nodes", byKind { .array(space.topology($0).outputNodes.map { .integer($0) }) }),
            JSONValue.Member("auxiliary_skip", .bool(space.hasAuxiliarySkip)),
            JSONValue.Member("genotypes", CellSpace(plan).genotypeCount.map { .integer($0) } ?? .null),
            JSONValue.Member("init_channels", .integer(plan.initChannels)),
            JSONValue.Member("layers", .integer(plan.layers)),
            JSONValue.Member("super_network_parameters", .integer(weightCount)),
            JSONValue.Member("kernels", .bool(space.partsWithoutKernels.isEmpty)),
            JSONValue.Member("cells", .object(kinds)),
        ])
    }
}
