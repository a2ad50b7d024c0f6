import Configuration
import Datasets
import Formats
import SearchSpace

/// The network of a run in words of its own, for a reader that knows no setting of this program: kinds of cell with their edges, how they
/// are stacked, and the channels.
enum TracedNetwork {
    static func description(of configuration: SearchConfiguration, _ set: ImageSet) -> JSONValue {
        let image = ImageShape(channels: set.channels, height: set.height, width: set.width)
        if let plan = configuration.derivedPlan(image: image, classes: set.classes) {
            return derived(plan, configuration)
        }
        return searched(configuration.plan(image: image, classes: set.classes))
    }

    private static func searched(_ plan: NetworkPlan) -> JSONValue {
        let space = plan.space
        let cells = space.kinds.map { kind in
            let topology = space.topology(kind)
            return JSONValue.Member(
                "\(kind)",
                cell(
                    nodes: topology.intermediateNodes, outputs: Array(topology.outputNodes),
                    edges: topology.edges.map { edge in
                        (edge.from, edge.to, .array(space.candidates(kind, edge).map { .string($0.name) }))
                    }))
        }
        return .object([
            "network": .string("super"), "skeleton": .string(space.skeleton.rawValue), "space": .string(space.name),
            "channels": .integer(plan.initChannels), "layers": .integer(plan.layers), "classes": .integer(plan.classes),
            "auxiliary_skip": .bool(space.hasAuxiliarySkip), "cells": .object(cells),
        ])
    }

    private static func derived(_ plan: DerivedPlan, _ configuration: SearchConfiguration) -> JSONValue {
        let genotype = plan.genotype
        let cells = genotype.kinds.map { kind in
            JSONValue.Member(
                "\(kind)",
                cell(
                    nodes: genotype.intermediateNodes(of: kind), outputs: genotype.concat(kind),
                    edges: genotype[kind].map { ($0.from, $0.to, .string($0.operation.name)) }))
        }
        return .object([
            "network": .string("derived"), "skeleton": .string(plan.form.skeleton.rawValue),
            "genotype": .string(genotype.text), "channels": .integer(plan.initChannels),
            "layers": .integer(plan.cellCount), "classes": .integer(plan.classes),
            "pool_batch_norm": .bool(plan.poolsHaveBatchNorm && plan.form.skeleton == .reductions),
            "auxiliary_head": .bool(plan.hasAuxiliary),
            "auxiliary_weight": .number(configuration.retrain.auxiliaryWeight),
            "label_smoothing": .number(configuration.retrain.labelSmoothing), "cells": .object(cells),
        ])
    }

    /// Nodes are numbered from the cell's inputs on; of an edge: from, to, what it may have or has.
    private static func cell(nodes: Int, outputs: [Int], edges: [(Int, Int, JSONValue)]) -> JSONValue {
        .object([
            "nodes": .integer(nodes), "outputs": .array(outputs.map { .integer($0) }),
            "edges": .array(edges.map { .array([.integer($0.0), .integer($0.1), $0.2]) }),
        ])
    }
}
