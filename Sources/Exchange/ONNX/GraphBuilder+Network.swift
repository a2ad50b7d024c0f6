import SearchSpace

// The parts of a derived network in their order: normalisation, stem, cells and residual blocks, classifier.

extension GraphBuilder {
    /// Each channel's mean is taken off, and what is left divided by its deviation.
    mutating func normalised(_ images: GraphMap, mean: [Float], deviation: [Float]) -> GraphMap {
        let shape = [mean.count, 1, 1]
        let centred = map(
            "Sub", "normalisation.centred", [images.name, constant("normalisation.mean", shape, .floats(mean))],
            images.shape)
        return map(
            "Div", "normalisation",
            [centred.name, constant("normalisation.deviation", shape, .floats(deviation))], images.shape)
    }

    /// The two inputs of the first cell. Those of the CIFAR form and of a staged network are one map; the ImageNet form's first is
    /// twice as large as its second (`DerivedPlan`).
    mutating func stem(_ images: GraphMap, _ form: DerivedPlan.Form) -> (before: GraphMap, previous: GraphMap) {
        switch form {
        case .cifar, .stages:
            let stem = normedConvolution("stem.0", "stem.1", stride: 1, images)
            return (stem, stem)
        case .imageNet:
            let half = normedConvolution("stem0.0", "stem0.1", stride: 2, images)
            let quarter = normedConvolution("stem0.3", "stem0.4", stride: 2, layer(.relu, "stem0.2", half))
            return (quarter, normedConvolution("stem1.1", "stem1.2", stride: 2, layer(.relu, "stem1.0", quarter)))
        }
    }

    private mutating func normedConvolution(
        _ name: String, _ norm: String, stride: Int, _ input: GraphMap
    ) -> GraphMap {
        let convolved = convolution(.init(outputs: outputs(of: name), kernel: 3, stride: stride), name, input)
        return batchNorm(norm, convolved)
    }

    /// Intermediate nodes are sums over their edges, added in order; what the cell gives on are some of its nodes. A node that no live
    /// edge reaches is zero.
    mutating func cell(
        _ cell: CellPlan, of plan: DerivedPlan, _ before: GraphMap, _ previous: GraphMap
    ) -> GraphMap {
        let genotype = plan.genotype
        var states = [previous]
        if let chains = cell.preprocessing {
            states = [
                operation(chains.before, "\(cell.name).preprocess0", before),
                operation(chains.previous, "\(cell.name).preprocess1", previous),
            ]
        }
        for node in genotype.inputs..<genotype.inputs + genotype.intermediateNodes(of: cell.kind) {
            var terms: [GraphMap] = []
            for (edge, choice) in genotype[cell.kind].enumerated() where choice.to == node {
                let chain = cell.chain(of: choice.operation, from: choice.from, in: plan.operationSetting)
                if let chain { terms.append(operation(chain, cell.keptName(edge), states[choice.from])) }
            }
            states.append(
                terms.isEmpty
                    ? zeros(MapShape(cell.channels, cell.outputHeight, cell.outputWidth))
                    : sum("\(cell.name).nodes.\(node)", terms))
        }
        return concatenated(cell.name, genotype.concat(cell.kind).map { states[$0] })
    }

    /// A staged network's block between two stages.
    mutating func residual(_ block: ResidualBlock, _ input: GraphMap) -> GraphMap {
        let (main, shortcut) = block.chains
        let output = main.reduce(input) { operation($1.chain, $1.name, $0) }
        return sum(block.name, [operation(shortcut.chain, shortcut.name, input), output])
    }

    /// Added in order, two at a time, as the training adds them. Of one map that very map.
    private mutating func sum(_ name: String, _ terms: [GraphMap]) -> GraphMap {
        terms.dropFirst().enumerated().reduce(terms[0]) { sum, term in
            let isLast = term.offset == terms.count - 2
            return map(
                "Add", isLast ? name : "\(name).\(term.offset)", [sum.name, term.element.name], sum.shape)
        }
    }

    /// The mean over the last map, behind a staged network's last norm, and the linear layer.
    mutating func classify(_ last: GraphMap, _ skeleton: Skeleton, as name: String) {
        var input = last
        if skeleton.hasTailNorm {
            input = layer(.relu, "lastact.1", batchNorm(Skeleton.tailNorm, input))
        }
        let mean = map("GlobalAveragePool", "global_pooling", [input.name], MapShape(input.shape.channels, 1, 1))
        let flat = ONNXValue(
            "global_pooling.flat", shape: [.named(NetworkGraph.batchName), .fixed(input.shape.channels)])
        node("Flatten", [mean.name], flat, [.integer("axis", 1)])
        let classes = outputs(of: "classifier")
        node(
            "Gemm", [flat.name, weight("classifier.weight"), weight("classifier.bias")],
            ONNXValue(name, shape: [.named(NetworkGraph.batchName), .fixed(classes)]), [.integer("transB", 1)],
            isOutput: true)
    }
}
