package import SearchSpace
package import Tensors

/// The network that is built from a genotype and trained by itself (DARTS `model.py`, SNAS `model_edge_all.py`).
///
/// Each edge has one operation, so no mixture is read.
package final class DerivedNetwork: TrainableNetwork {
    /// Genotype, channels and sizes of every cell, and whether there is an auxiliary head.
    package let plan: DerivedPlan
    /// Where every weight and statistic of the plan lies in the flat vectors.
    package let layout: WeightLayout
    /// What the auxiliary head's loss counts (0.4 in the papers); without a head it does nothing.
    let auxiliaryWeight: Double
    /// Share of each label that is spread over all classes (0 on CIFAR, 0.1 on ImageNet).
    let labelSmoothing: Double
    let device: ComputeDevice
    let precision: Precision
    /// As it was asked for; `kernelCellCount` says how many cells the kernels carry.
    package let path: CellPath
    private let blocks: [ComputedBlock]
    let groups: [WeightGroup]
    private let imageParts: Int
    let statisticEntries: [String: StatisticEntry]

    /// - Parameters:
    ///   - layout: `WeightLayout.derivedNetwork(plan)`.
    ///   - path: of all that the kernels carry. Cells that they do not (with `noise`) go through operators all the
    ///     same.
    ///   - parts: that the kernels cut the images of a pass into (`CellKernels.forward`).
    package init(
        plan: DerivedPlan, layout: WeightLayout, auxiliaryWeight: Double = 0.4, labelSmoothing: Double = 0,
        device: ComputeDevice = .cpu, precision: Precision = .float, path: CellPath = .operators, parts: Int = 1
    ) {
        precondition(parts > 0)
        precondition(path == .operators || (device == .cpu && precision == .float))
        self.plan = plan
        self.layout = layout
        self.auxiliaryWeight = auxiliaryWeight
        self.labelSmoothing = labelSmoothing
        self.device = device
        self.precision = precision
        self.path = path
        imageParts = parts
        let carried = plan.cells.filter { path == .kernels && DerivedKernelCell.carries($0, of: plan) }.map(\.name)
        let groups = WeightGroup.byCell(layout, cells: carried)
        let ranges = Dictionary(uniqueKeysWithValues: zip(carried, groups.suffix(carried.count).map(\.range)))
        self.groups = groups
        let givesPlanes = carried.count == plan.blocks.count && DerivedKernelCell.givePlanes(plan.genotype)
        blocks = plan.blocks.map { block in
            switch block {
            case .residual(let block): return .residual(block, path)
            case .cell(let cell):
                guard let range = ranges[cell.name] else { return .derivedCell(DerivedCell(cell, of: plan)) }
                return .derivedKernels(
                    DerivedKernelCell(cell, of: plan, layout: layout, range: range, givesPlanes: givesPlanes))
            }
        }
        statisticEntries = Dictionary(uniqueKeysWithValues: layout.statistics.map { ($0.name, $0) })
    }

    /// Cells that go through the kernels.
    package var kernelCellCount: Int {
        blocks.count { block in
            if case .derivedKernels = block { true } else { false }
        }
    }

    /// Edges of identities and of `none` count too: they have a mask that nothing reads.
    package var edgesOfAllCells: Int { plan.edgesOfAllCells }

    package var classes: Int { plan.classes }

    /// One tensor for each cell that goes through the kernels, one for every other weight.
    package func load(weights: [Float]) throws(TorchError) -> NetworkWeights {
        precondition(weights.count == layout.weightCount)
        return try NetworkWeights(weights, groups: groups, precision: precision, device: device)
    }

    /// Drop-path masks of identity and `none` edges are not read. Credits are empty; the loss includes the auxiliary head's; hits are
    /// the classifier's.
    package func trainingPass(
        _ weights: NetworkWeights, mixture: EdgeTable<Float>? = nil, pixels: [Float], labels: [Int32],
        dropPath: [Float]?, noise: PassNoise? = nil, leavesOut: Bool = false
    ) throws(TorchError) -> TrainingPass {
        let leaves = try weights.leaves()
        let context = context(
            leaves, .ofBatch(StatisticCollector(layout, statisticEntries)), labels.count, dropPath: dropPath, noise)
        let (logits, auxiliary) = try forward(pixels, context, readsAuxiliary: plan.hasAuxiliary)
        let targets = try Tensor(labels: labels, device: device)
        let total = try Loss(smoothing: labelSmoothing, auxiliaryWeight: auxiliaryWeight, path: path)
            .of(logits, auxiliary: auxiliary, labels: targets)
        let gradients = try Gradients.of(total, by: leaves.ordered)
        return try TrainingPass(
            loss: total, logits: logits, auxiliary: auxiliary, labels: targets, credits: [],
            weightCount: layout.weightCount, gradients: zip(groups, gradients), statistics: context.statistics.collected
        )
    }

    /// The auxiliary head's stay mean 0, variance 1, since no evaluation reads them.
    package func statisticsPass(
        _ weights: NetworkWeights, mixture: EdgeTable<Float>? = nil, pixels: [Float], imageCount: Int,
        noise: PassNoise? = nil
    ) throws -> [Float] {
        try TorchRuntime.withoutGradients {
            let context = context(
                weights, .ofBatch(StatisticCollector(layout, statisticEntries)), imageCount, dropPath: nil, noise)
            _ = try forward(pixels, context, readsAuxiliary: false)
            return context.statistics.collected
        }
    }

    /// Neither drop path nor auxiliary head; labels are not smoothed.
    package func evaluationPass(
        _ weights: NetworkWeights, statistics: [Float]?, mixture: EdgeTable<Float>? = nil, pixels: [Float],
        labels: [Int32], noise: PassNoise? = nil
    ) throws -> EvaluationPass {
        precondition(statistics.map { $0.count == layout.statisticCount } ?? true)
        return try TorchRuntime.withoutGradients {
            let context = context(
                weights, PassStatistics(statistics, layout, statisticEntries), labels.count, dropPath: nil, noise)
            let logits = try forward(pixels, context, readsAuxiliary: false).logits
            return try EvaluationPass(logits: logits, labels: labels, path: path, device: device)
        }
    }

    func context(
        _ weights: NetworkWeights, _ statistics: PassStatistics, _ imageCount: Int, dropPath: [Float]?,
        _ noise: PassNoise?
    ) -> ForwardContext {
        precondition(dropPath.map { $0.count == edgesOfAllCells * imageCount } ?? true)
        return ForwardContext(
            weights: weights, z: nil, statistics: statistics, imageCount: imageCount, precision: precision,
            device: device, skipsZeros: false, dropPath: dropPath, noise: noise, parts: imageParts)
    }

    /// Logits of the classifier and of the auxiliary head: images x classes each.
    ///
    /// - Parameter passed: told after the stem and after each block.
    func forward(
        _ pixels: [Float], _ context: ForwardContext, readsAuxiliary: Bool, passed: () -> Void = {}
    ) throws(TorchError) -> (logits: Tensor, auxiliary: Tensor?) {
        let shape = [context.imageCount, plan.image.channels, plan.image.height, plan.image.width]
        let images = try Tensor(pixels, shape: shape, precision: precision, device: device)
        var (before, previous) = try DerivedEnds.stem(images, plan.form, path, context)
        passed()
        var auxiliary: Tensor?
        for (block, part) in zip(blocks, plan.blocks) {
            (before, previous) = try block.forward(before, previous, context)
            passed()
            if readsAuxiliary, case .cell(plan.auxiliaryCell) = part {
                auxiliary = try DerivedEnds.auxiliaryHead(previous, plan, path, context)
            }
        }
        return (try plan.form.skeleton.logits(previous, path, context), auxiliary)
    }
}
