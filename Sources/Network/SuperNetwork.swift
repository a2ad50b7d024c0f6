import Optimization
package import SearchSpace
package import Tensors

/// How a network's cells are computed.
package enum CellPath: Sendable, Hashable {
    /// One libtorch operator after the other: the reference, for every device and precision.
    case operators
    /// The project's own kernels, on the processor in 32 bits.
    case kernels
}

/// The network in which every edge of every cell carries all operations (SNAS 2.1).
///
/// It keeps no weights and no statistics: a pass is a function of what it is given, so threads share one network.
package final class SuperNetwork: TrainableNetwork {
    /// Channels, sizes and candidates of every cell.
    package let plan: NetworkPlan
    /// Where every weight and statistic of the plan lies in the flat vectors.
    package let layout: WeightLayout
    let device: ComputeDevice
    let precision: Precision
    /// Operators, whatever was asked for, of a space that the kernels do not carry.
    package let path: CellPath
    private let blocks: [ComputedBlock]
    let groups: [WeightGroup]
    let statisticEntries: [String: StatisticEntry]
    /// Of gradient and statistics: a part for each entry of the mixture, by the same number.
    let vectorParts: VectorParts
    private let imageParts: Int

    /// Builds the blocks; weights come with each pass.
    ///
    /// - Parameters:
    ///   - layout: `WeightLayout.superNetwork(plan)`.
    ///   - path: the kernels take the processor and 32 bits alone.
    ///   - parts: that the kernels cut the images of a pass into (`CellKernels.forward`).
    package init(
        plan: NetworkPlan, layout: WeightLayout, device: ComputeDevice = .cpu, precision: Precision = .float,
        path: CellPath = .operators, parts: Int = 1
    ) {
        precondition(parts > 0)
        precondition(path == .operators || (device == .cpu && precision == .float))
        let path = KernelCell.carries(plan.space) ? path : .operators
        self.plan = plan
        self.layout = layout
        self.device = device
        self.precision = precision
        statisticEntries = Dictionary(uniqueKeysWithValues: layout.statistics.map { ($0.name, $0) })
        self.path = path
        imageParts = parts
        vectorParts = VectorParts(
            optionalParts: plan.space.shape.count,
            layout.payloadStretches(weights: true, statistics: true).map { ($0.entries, $0.tableEntry) })
        switch path {
        case .operators:
            groups = WeightGroup.plain(layout)
            blocks = plan.blocks.map { block in
                switch block {
                case .cell(let cell): .cell(Cell(cell, space: plan.space))
                case .residual(let block): .residual(block, path)
                }
            }
        case .kernels:
            let groups = WeightGroup.byCell(layout, cells: plan.cells.map(\.name))
            self.groups = groups
            let own = groups.suffix(plan.cells.count)
            let givesPlanes = KernelCell.givePlanes(plan)
            blocks = plan.blocks.map { block in
                switch block {
                case .cell(let cell):
                    let range = own[own.startIndex + cell.index].range
                    return .kernels(
                        KernelCell(
                            cell, space: plan.space, layout: layout, range: range, givesPlanes: givesPlanes))
                case .residual(let block): return .residual(block, path)
                }
            }
        }
    }

    /// Edges of left-out operations count too: the masks' places depend on the graph alone.
    package var edgesOfAllCells: Int { plan.edgesOfAllCells }

    package var classes: Int { plan.classes }

    /// One tensor a weight for operators; for the kernels one a cell, and the other weights by themselves.
    package func load(weights: [Float]) throws(TorchError) -> NetworkWeights {
        precondition(weights.count == layout.weightCount)
        return try NetworkWeights(weights, groups: groups, precision: precision, device: device)
    }

    /// Weights of a network in Double, for comparisons in tests: how a gradient changes over a small distance is lost in Float.
    package func load(weights: [Double]) throws(TorchError) -> NetworkWeights {
        precondition(weights.count == layout.weightCount && precision == .double)
        return try NetworkWeights(weights, groups: groups, device: device)
    }

    /// Mean cross-entropy without smoothing. An auxiliary skip stands beside every mixed operation, one that is
    /// chosen too.
    ///
    /// - Parameter mixture: Z of every operation of every edge; a super-network has no pass without one.
    package func trainingPass(
        _ weights: NetworkWeights, mixture: EdgeTable<Float>?, pixels: [Float], labels: [Int32], dropPath: [Float]?,
        noise: PassNoise? = nil, leavesOut: Bool = false
    ) throws(TorchError) -> TrainingPass {
        let mixture = Self.given(mixture)
        let leaves = try weights.leaves()
        let z = try tensors(of: mixture, keepsAuxiliarySkips: true)
        let context = ForwardContext(
            weights: leaves, z: z,
            statistics: .ofBatch(
                StatisticCollector(layout, statisticEntries, absentVariance: leavesOut ? 0 : 1)),
            imageCount: labels.count, precision: precision, device: device, skipsZeros: leavesOut, dropPath: dropPath,
            noise: noise, keepsAuxiliarySkips: true, parts: imageParts)
        let logits = try forward(pixels, context)
        let targets = try Tensor(labels: labels, device: device)
        let loss = try Loss(path: path).of(logits, labels: targets)
        let gradients = try Gradients.of(loss, by: leaves.ordered + z.leaves)
        return try TrainingPass(
            loss: loss, logits: logits, labels: targets, credits: try z.credits(gradients.suffix(z.leaves.count)),
            weightCount: layout.weightCount, gradients: zip(groups, gradients),
            statistics: context.statistics.collected, computed: leavesOut ? (computed(mixture), vectorParts) : nil)
    }

    /// The parts that are computed where operations whose Z is 0 are not.
    private func computed(_ mixture: EdgeTable<Float>) -> PartSet {
        vectorParts.set(of: mixture.entries.indices.filter { mixture.entries[$0] != 0 })
    }

    /// Operations whose Z is 0 are not computed.
    package func statisticsPass(
        _ weights: NetworkWeights, mixture: EdgeTable<Float>?, pixels: [Float], imageCount: Int,
        noise: PassNoise? = nil
    ) throws -> [Float] {
        try TorchRuntime.withoutGradients {
            let context = ForwardContext(
                weights: weights, z: try tensors(of: mixture, keepsAuxiliarySkips: false),
                statistics: .ofBatch(StatisticCollector(layout, statisticEntries)), imageCount: imageCount,
                precision: precision,
                device: device, skipsZeros: true, dropPath: nil, noise: noise, parts: imageParts)
            _ = try forward(pixels, context)
            return context.statistics.collected
        }
    }

    /// Operations whose Z is 0 are not computed, so a one-hot mixture is the derived network with the inherited weights.
    package func evaluationPass(
        _ weights: NetworkWeights, statistics: [Float]?, mixture: EdgeTable<Float>?, pixels: [Float], labels: [Int32],
        noise: PassNoise? = nil
    ) throws -> EvaluationPass {
        precondition(statistics.map { $0.count == layout.statisticCount } ?? true)
        return try TorchRuntime.withoutGradients {
            let context = ForwardContext(
                weights: weights, z: try tensors(of: mixture, keepsAuxiliarySkips: false),
                statistics: PassStatistics(statistics, layout, statisticEntries), imageCount: labels.count,
                precision: precision,
                device: device,
                skipsZeros: true, dropPath: nil, noise: noise, parts: imageParts)
            return try EvaluationPass(
                logits: try forward(pixels, context), labels: labels, path: path, device: device)
        }
    }

    static func given(_ mixture: EdgeTable<Float>?) -> EdgeTable<Float> {
        guard let mixture else { preconditionFailure("a super-network without a mixture") }
        return mixture
    }

    private func tensors(
        of mixture: EdgeTable<Float>?, keepsAuxiliarySkips: Bool
    ) throws(TorchError) -> MixtureTensors {
        let mixture = Self.given(mixture)
        guard path == .kernels else {
            return try MixtureTensors(mixture, cells: nil, precision: precision, device: device)
        }
        let skips = mixture.shape.kinds.map {
            KernelCell.auxiliarySkipWeights($0, plan.space, mixture, keepsAll: keepsAuxiliarySkips)
        }
        return try MixtureTensors(mixture, cells: plan.cells, besides: skips, precision: precision, device: device)
    }

    /// Logits: images x classes.
    func forward(_ pixels: [Float], _ context: ForwardContext) throws(TorchError) -> Tensor {
        let shape = [context.imageCount, plan.image.channels, plan.image.height, plan.image.width]
        let images = try Tensor(pixels, shape: shape, precision: precision, device: device)
        let stem = try Stem.forward(images, path, context)
        var (before, previous) = (stem, stem)
        for block in blocks { (before, previous) = try block.forward(before, previous, context) }
        return try plan.space.skeleton.logits(previous, path, context)
    }
}
