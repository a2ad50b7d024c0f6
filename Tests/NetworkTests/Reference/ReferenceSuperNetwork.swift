import Network
import SearchSpace
import Tensors

/// The super-network in Double, away from ties.
final class ReferenceSuperNetwork: ReferenceNetwork {
    let plan: NetworkPlan
    /// Z of both kinds, an entry for each candidate of each edge: Floats, as the network that is compared gets them.
    let tables: [CellKind: Parameter]
    let pixels: [Float]
    let labels: [Int32]
    /// Cell x edge x image, 0 or 4/3; nil drops nothing.
    let dropPath: [Float]?

    init(
        channels: Int, side: Int, width: Int? = nil, images: Int, layers: Int = 3, space: SearchSpace = .darts(),
        drops: Bool = false
    ) {
        let width = width ?? side
        let plan = NetworkPlan(
            image: ImageShape(channels: 3, height: side, width: width), classes: 10, initChannels: channels,
            layers: layers, space: space)
        self.plan = plan
        var numbers = WeylSequence(channels * 1_000 + side * 10 + images)
        func table(_ kind: CellKind) -> Parameter {
            let rows = space.topology(kind).edges.map { edge in
                space.candidates(kind, edge).map { _ in numbers.next(0.05...1) }
            }
            let shares = rows.flatMap { row in row.map { $0 / row.reduce(0, +) } }
            return Parameter("Z", shape: [shares.count], shares)
        }
        tables = Dictionary(uniqueKeysWithValues: space.kinds.map { ($0, table($0)) })
        pixels = (0..<images * plan.image.count).map { _ in numbers.next(-2...2) }
        labels = (0..<images).map { Int32((3 * $0 + 1) % 10) }
        let masks = (0..<plan.edgesOfAllCells * images).map {
            ($0 * 7 + $0 / 5) % 4 == 0 ? 0 : Float(1 / 0.75)
        }
        dropPath = drops ? masks : nil
        super.init(.superNetwork(plan), start: channels + 100 * side + 10_000 * images)
        let image = MapSize(images: images, channels: 3, height: side, width: width)
        let stem = stem(tape.constant(image, pixels))
        var (before, previous) = (stem, stem)
        for block in plan.blocks {
            let output =
                switch block {
                case .cell(let cell): self.cell(cell, before, previous)
                case .residual(let block): residual(block, previous)
                }
            (before, previous) = (previous, output)
        }
        let total = tape.crossEntropy(logits(features(previous, space.skeleton), "classifier"), labels: labels)
        goBack(from: total)
    }

    var mixture: EdgeTable<Float> {
        EdgeTable(
            plan.space.shape,
            CellKind.allCases.flatMap { tables[$0]?.values.array.map { Float($0) } ?? [] })
    }

    func pass(_ path: CellPath, _ precision: Precision = .float, parts: Int = 1) throws -> TrainingPass {
        let network = SuperNetwork(plan: plan, layout: layout, precision: precision, path: path, parts: parts)
        return try network.trainingPass(
            try network.load(weights: weights), mixture: mixture, pixels: pixels, labels: labels, dropPath: dropPath)
    }

    private func cell(_ cell: CellPlan, _ before: Variable, _ previous: Variable) -> Variable {
        var nodes = inputs(of: cell, before, previous)
        let topology = plan.space.topology(cell.kind)
        for node in topology.nodes {
            var fixed: [Variable] = []
            var tails: [(tail: Tail, finish: (Variable) -> Variable)] = []
            for edge in topology.edges[topology.edges(into: node)] {
                if plan.space.edgesWithAuxiliarySkip(cell.kind).contains(edge) {
                    let (input, stride) = (nodes[edge.from], cell.stride(from: edge.from))
                    func finish(_ value: Variable) -> Variable { masked(value, cell, edge) }
                    if let tail = tail(of: .skipConnect, input, cell.auxiliarySkipName(edge), stride: stride) {
                        tails.append((tail, finish))
                    } else {
                        fixed.append(finish(input))
                    }
                }
                for (column, operation) in plan.space.candidates(cell.kind, edge).enumerated()
                where operation != .none {
                    let name = cell.candidateName(edge, column: column)
                    let (input, stride) = (nodes[edge.from], cell.stride(from: edge.from))
                    func finish(_ value: Variable) -> Variable { weighed(value, column, cell, edge) }
                    if let tail = tail(of: operation, input, name, stride: stride) {
                        tails.append((tail, finish))
                    } else {
                        let pool = { self.pool(operation, input, name, stride, cell.candidateSetting) }
                        fixed.append(finish(operation.isPool ? pool() : input))
                    }
                }
            }
            nodes.append(settledNode(fixed, tails))
        }
        return tape.concatenated(topology.outputNodes.map { nodes[$0] })
    }

    private func pool(
        _ operation: Operation, _ input: Variable, _ name: String, _ stride: Int, _ setting: OperationSetting
    ) -> Variable {
        let pooled =
            operation == .maxPool3x3
            ? tape.maxPooled(input, stride: stride) : tape.averagePooled(input, stride: stride)
        return setting.poolsHaveBatchNorm ? norm(pooled, name + ".1") : pooled
    }

    /// An operation's share of its edge: its output times its Z, and the edge's mask.
    private func weighed(_ value: Variable, _ column: Int, _ cell: CellPlan, _ edge: Edge) -> Variable {
        guard let table = tables[cell.kind] else { preconditionFailure("a kind without a table") }
        let entries = plan.space.shape
        let place =
            entries.row(cell.kind, edge: edge.index).lowerBound + column - entries.entries(of: cell.kind).lowerBound
        return masked(tape.sum([(value, weight: (parameter: table, place: place))]), cell, edge)
    }

    private func masked(_ value: Variable, _ cell: CellPlan, _ edge: Edge) -> Variable {
        guard let dropPath else { return value }
        let start = (cell.firstEdge + edge.index) * labels.count
        return tape.scaledImages(value, by: Array(dropPath[start..<start + labels.count]))
    }
}
