import Network
import SearchSpace
import Tensors

/// A derived network in Double, away from ties.
final class ReferenceDerivedNetwork: ReferenceNetwork {
    let plan: DerivedPlan
    let pixels: [Float]
    let labels: [Int32]
    /// Cell x edge x image, 0 or 4/3; nil drops nothing.
    let dropPath: [Float]?
    static let auxiliaryWeight = 0.4
    static let labelSmoothing = 0.1

    init(_ plan: DerivedPlan, images: Int, drops: Bool) {
        self.plan = plan
        var numbers = WeylSequence(plan.initChannels * 1_000 + plan.image.height * 10 + images)
        pixels = (0..<images * plan.image.count).map { _ in numbers.next(-2...2) }
        labels = (0..<images).map { Int32((3 * $0 + 1) % 10) }
        let masks = (0..<plan.edgesOfAllCells * images).map {
            ($0 * 7 + $0 / 5) % 4 == 0 ? 0 : Float(1 / 0.75)
        }
        dropPath = drops ? masks : nil
        super.init(
            .derivedNetwork(plan), start: plan.initChannels + 100 * plan.image.height + 10_000 * images)
        var (before, previous) = stems(
            tape.constant(
                MapSize(
                    images: images, channels: plan.image.channels, height: plan.image.height, width: plan.image.width),
                pixels))
        var auxiliary: Variable?
        for block in plan.blocks {
            switch block {
            case .cell(let cell):
                (before, previous) = (previous, self.cell(cell, before, previous))
                if plan.hasAuxiliary && cell.index == plan.auxiliaryCell.index { auxiliary = auxiliaryHead(previous) }
            case .residual(let block): (before, previous) = (previous, residual(block, previous))
            }
        }
        func entropy(_ logits: Variable) -> Variable {
            tape.crossEntropy(logits, labels: labels, smoothing: Self.labelSmoothing)
        }
        var total = entropy(logits(features(previous, plan.form.skeleton), "classifier"))
        if let auxiliary {
            let weight = Parameter("auxiliary weight", shape: [1], [Float(Self.auxiliaryWeight)])
            weight.values[0] = Self.auxiliaryWeight
            total = tape.sum([(total, weight: nil), (entropy(auxiliary), weight: (parameter: weight, place: 0))])
        }
        goBack(from: total)
    }

    func pass(_ path: CellPath, _ precision: Precision = .float, parts: Int = 1) throws -> TrainingPass {
        let network = DerivedNetwork(
            plan: plan, layout: layout, auxiliaryWeight: Self.auxiliaryWeight, labelSmoothing: Self.labelSmoothing,
            precision: precision, path: path, parts: parts)
        return try network.trainingPass(
            try network.load(weights: weights), pixels: pixels, labels: labels, dropPath: dropPath)
    }

    private func stems(_ images: Variable) -> (before: Variable, previous: Variable) {
        guard plan.form == .imageNet else {
            let stem = stem(images)
            return (stem, stem)
        }
        func halved(_ input: Variable, _ name: String, norm: String) -> Variable {
            let weight = parameter(name + ".weight")
            return settled(by: weight) {
                self.norm(tape.convolved(input, weight, Window(kernel: 3, stride: 2, padding: 1)), norm)
            }
        }
        let half = halved(images, "stem0.0", norm: "stem0.1")
        let quarter = halved(tape.relu(half), "stem0.3", norm: "stem0.4")
        return (quarter, halved(tape.relu(quarter), "stem1.1", norm: "stem1.2"))
    }

    /// A node of pools and skips alone has no weights of its own: where one is near a tie, the weights of that channel of one of the
    /// cell's inputs change, and the cell is built again.
    private func cell(_ cell: CellPlan, _ before: Variable, _ previous: Variable) -> Variable {
        for _ in 0..<1_000 {
            let mark = tape.mark
            let (output, tied) = attempt(cell, before, previous)
            if tied.isEmpty { return output }
            tape.rewind(to: mark)
            for channel in tied.sorted() { redrawInput(cell, channel: channel, before) }
            tape.rewind(to: mark)
        }
        preconditionFailure("no weights keep cell \(cell.index) away from ties")
    }

    private func redrawInput(_ cell: CellPlan, channel: Int, _ before: Variable) {
        let name = "cells.\(cell.index).preprocess"
        let input = below(2)
        if let weight = parameters["\(name)\(input).op.1.weight"] { return redraw(weight, row: channel) }
        let (weight, row) = factorizedReduce(before, "\(name)\(input)").rows(channel)
        redraw(weight, row: row)
    }

    private func attempt(_ cell: CellPlan, _ before: Variable, _ previous: Variable) -> (Variable, tied: Set<Int>) {
        var nodes = inputs(of: cell, before, previous)
        let size = MapSize(
            images: labels.count, channels: cell.channels, height: cell.outputHeight, width: cell.outputWidth)
        var tied: Set<Int> = []
        for node in nodes.count..<nodes.count + plan.genotype.intermediateNodes(of: cell.kind) {
            var fixed: [Variable] = []
            var tails: [(tail: Tail, finish: (Variable) -> Variable)] = []
            for (edge, choice) in plan.genotype[cell.kind].enumerated()
            where choice.to == node && choice.operation != .none {
                let stride = cell.stride(from: choice.from)
                let edgeName = cell.keptName(edge)
                func finish(_ value: Variable) -> Variable { masked(value, cell, edge: edge) }
                if let tail = tail(of: choice.operation, nodes[choice.from], edgeName, stride: stride) {
                    tails.append((tail, finish))
                } else if choice.operation == .skipConnect {
                    fixed.append(nodes[choice.from])
                } else {
                    fixed.append(finish(pool(choice.operation, nodes[choice.from], edgeName, stride)))
                }
            }
            guard tails.isEmpty else {
                nodes.append(settledNode(fixed, tails))
                continue
            }
            nodes.append(fixed.isEmpty ? tape.zeros(size) : tape.sum(fixed))
            tied.formUnion(nodes[node].tiedChannels(margin: Self.margin))
        }
        return (tape.concatenated(plan.genotype.concat(cell.kind).map { nodes[$0] }), tied)
    }

    private func pool(_ operation: Operation, _ input: Variable, _ name: String, _ stride: Int) -> Variable {
        let pooled =
            operation == .maxPool3x3
            ? tape.maxPooled(input, stride: stride) : tape.averagePooled(input, stride: stride)
        return plan.operationSetting.poolsHaveBatchNorm ? norm(pooled, name + ".op.1") : pooled
    }

    private func masked(_ value: Variable, _ cell: CellPlan, edge: Int) -> Variable {
        guard let dropPath else { return value }
        let start = (cell.firstEdge + edge) * labels.count
        return tape.scaledImages(value, by: Array(dropPath[start..<start + labels.count]))
    }

    private func auxiliaryHead(_ input: Variable) -> Variable {
        let name = "auxiliary_head.features"
        let (kernel, stride) = DerivedPlan.auxiliaryPool(side: plan.auxiliaryCell.outputHeight)
        let pooled = tape.windowMeans(tape.relu(input), kernel: kernel, stride: stride)
        let (pointwise, square) = (parameter(name + ".2.weight"), parameter(name + ".5.weight"))
        let narrow = tape.relu(
            settled(by: pointwise) { norm(tape.convolved(pooled, pointwise, Window()), name + ".3") })
        let wide = settled(by: square) {
            let map = tape.convolved(narrow, square, Window(kernel: 2))
            return plan.form == .cifar ? norm(map, name + ".6") : map
        }
        return logits(tape.relu(wide), "auxiliary_head.classifier")
    }
}
