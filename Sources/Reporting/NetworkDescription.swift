package import Formats
package import SearchSpace

/// What a derived network costs, for people and for programs.
package struct NetworkDescription {
    private let plan: DerivedPlan
    private let cost: NetworkCost
    private let otherParameters: Int
    private let latency: Int?

    /// - Parameters:
    ///   - otherPools: the same plan with batch norms in the pools where `plan` has none, or the other way round.
    ///   - latency: nanoseconds of a pass; nil where nobody measured.
    package init(_ plan: DerivedPlan, otherPools: DerivedPlan, latency: Int? = nil) {
        self.latency = latency
        precondition(plan.poolsHaveBatchNorm != otherPools.poolsHaveBatchNorm)
        self.plan = plan
        cost = NetworkCost(plan)
        otherParameters = NetworkCost(otherPools).total.parameters
    }

    private struct Part {
        let name: String
        /// Channels, height and width of what it writes.
        let output: MapShape
        let cost: LayerCost
    }

    /// Residual blocks and the last norm of a staged network.
    private var between: [Part] {
        guard plan.form == .stages, let last = plan.cells.last else { return [] }
        return [
            Part(
                name: "between stages", output: MapShape(plan.classifierInputs, last.outputHeight, last.outputWidth),
                cost: cost.between)
        ]
    }

    private var parts: [Part] {
        let first = plan.cells[0]
        let cells = zip(plan.cells, cost.cells).map { cell, cost in
            Part(
                name: "cell \(cell.index) \(cell.kind == .normal ? "normal" : "reduce")",
                output: MapShape(plan.outputChannels(cell), cell.outputHeight, cell.outputWidth), cost: cost)
        }
        return [
            Part(
                name: "stem", output: MapShape(plan.stemChannels, first.inputHeight, first.inputWidth), cost: cost.stem)
        ]
            + cells + between + [Part(name: "classifier", output: MapShape(plan.classes, 1, 1), cost: cost.classifier)]
    }

    // MARK: For people

    /// A table with a row for each part of the network and the sums below it, then what the columns mean; without
    /// line ends.
    package var lines: [String] {
        let forms: [DerivedPlan.Form: String] = [
            .cifar: "CIFAR form", .imageNet: "ImageNet form", .stages: "staged form",
        ]
        let image = "\(plan.image.channels) x \(plan.image.height) x \(plan.image.width)"
        var lines = [
            "genotype = \(plan.genotype.text)",
            "\(forms[plan.form] ?? ""): \(plan.initChannels) channels, \(plan.cellCount) cells, images of \(image), \(plan.classes) classes",
            "",
            row("", "output", "parameters", "multiply-adds", "memory access", "activations"),
        ]
        lines += parts.map { row($0.name, size($0.output), $0.cost) }
        lines.append(row("all", "", cost.total))
        if let auxiliary = cost.auxiliary {
            lines.append(row("auxiliary head", "", auxiliary))
            lines.append(row("all, in training", "", cost.total + auxiliary))
        }
        let times = latency.map { ["latency: \(Nanoseconds.rounded($0)) a pass, by the table that was given"] } ?? []
        return lines + [""] + times + notes
    }

    private var notes: [String] {
        let rest = [
            "All but parameters are for one image. Multiply-adds: convolutions and the classifier. Memory access: elements that",
            "convolutions, pools, identities and the classifier read (weights too) and write, as SNAS counts. Activations: elements",
        ]
        guard plan.form != .stages else { return rest + ["that convolutions, pools and the classifier write."] }
        let (own, other) =
            plan.poolsHaveBatchNorm
            ? ("with a batch norm, as SNAS trains them", "without, as DARTS counts them")
            : ("without batch norm, as DARTS counts them", "with one, as SNAS trains them")
        return [
            "Pools are \(own); \(other), the network has \(Self.grouped(otherParameters)) parameters."
        ] + rest + [
            "that convolutions, pools and the classifier write. The auxiliary head computes in training only and is in no \"all\"",
            "but the last.",
        ]
    }

    private func size(_ shape: MapShape) -> String { "\(shape.channels) x \(shape.height) x \(shape.width)" }

    private func row(_ name: String, _ output: String, _ cost: LayerCost) -> String {
        row(
            name, output, Self.grouped(cost.parameters), Self.grouped(cost.multiplyAdds),
            Self.grouped(cost.memoryAccessElements), Self.grouped(cost.activationElements))
    }

    private func row(_ name: String, _ columns: String...) -> String {
        name + String(repeating: " ", count: max(0, 16 - name.count))
            + columns.map { String(repeating: " ", count: max(1, 16 - $0.count)) + $0 }.joined()
    }

    /// 3349342 as 3,349,342.
    package static func grouped(_ number: Int) -> String {
        var out = ""
        for (place, digit) in String(number).reversed().enumerated() {
            if place > 0 && place % 3 == 0 { out.append(",") }
            out.append(digit)
        }
        return String(out.reversed())
    }

    // MARK: For programs

    /// `parameters` and the other sums are without the auxiliary head.
    package var json: JSONValue {
        let total = cost.total
        let otherKey =
            plan.poolsHaveBatchNorm ? "parameters_without_pool_batch_norm" : "parameters_with_pool_batch_norm"
        return .object(
            [
                JSONValue.Member("genotype", .string(plan.genotype.text)),
                JSONValue.Member("form", .string(plan.form.rawValue)),
                JSONValue.Member("init_channels", .integer(plan.initChannels)),
                JSONValue.Member("layers", .integer(plan.cellCount)),
                JSONValue.Member("classes", .integer(plan.classes)),
                JSONValue.Member(
                    "image", .array([plan.image.channels, plan.image.height, plan.image.width].map(JSONValue.integer))),
                JSONValue.Member("pool_batch_norm", .bool(plan.poolsHaveBatchNorm)),
                JSONValue.Member(otherKey, .integer(otherParameters)),
            ] + members(total) + (latency.map { [JSONValue.Member("latency_ns", .integer($0))] } ?? []) + [
                JSONValue.Member("auxiliary_parameters", cost.auxiliary.map { .integer($0.parameters) } ?? .null),
                JSONValue.Member(
                    "parts",
                    .array(
                        parts.map { part in
                            .object(
                                [
                                    JSONValue.Member("name", .string(part.name)),
                                    JSONValue.Member(
                                        "output",
                                        .array(
                                            [part.output.channels, part.output.height, part.output.width].map(
                                                JSONValue.integer))),
                                ] + members(part.cost))
                        })),
            ])
    }

    private func members(_ cost: LayerCost) -> [JSONValue.Member] {
        [
            JSONValue.Member("parameters", .integer(cost.parameters)),
            JSONValue.Member("macs", .integer(cost.multiplyAdds)),
            JSONValue.Member("memory_access_elements", .integer(cost.memoryAccessElements)),
            JSONValue.Member("activation_elements", .integer(cost.activationElements)),
        ]
    }
}
