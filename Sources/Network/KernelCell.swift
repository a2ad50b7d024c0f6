import SearchSpace
import Tensors

/// One cell through the kernels: the same mathematics as `Cell`, which is its reference.
struct KernelCell: Sendable {
    private let plan: CellPlan
    private let description: CellDescription
    /// Slot of the kernels' statistics to entry of the layout.
    private let statistics: [(slot: Int, entry: StatisticEntry)]
    /// Name of the cell's slice among the weights.
    private let slice: String

    /// - Parameter range: the cell's weights in the flat vector.
    init(_ plan: CellPlan, topology: CellTopology, layout: WeightLayout, range: Range<Int>) {
        self.plan = plan
        slice = Self.sliceName(plan.index)
        let prefix = "cells.\(plan.index)"
        let weights = Dictionary(uniqueKeysWithValues: layout.entries.map { ($0.name, $0.offset) })
        func offset(_ name: String) -> Int64 {
            Int64((weights["\(prefix).\(name).weight"] ?? range.lowerBound) - range.lowerBound)
        }
        var offsets =
            plan.reducesPrevious
            ? [offset("preprocess0.conv_1"), offset("preprocess0.conv_2")] : [offset("preprocess0.op.1"), 0]
        offsets.append(offset("preprocess1.op.1"))
        let entries = Dictionary(uniqueKeysWithValues: layout.statistics.map { ($0.name, $0) })
        var statistics: [(slot: Int, entry: StatisticEntry)] = []
        func add(_ slot: Int, _ name: String) {
            if let entry = entries["\(prefix).\(name)"] { statistics.append((slot, entry)) }
        }
        add(0, plan.reducesPrevious ? "preprocess0.bn" : "preprocess0.op.2")
        add(1, "preprocess1.op.2")
        for edge in topology.edges {
            for operation in Operation.candidates {
                let name = "_ops.\(edge.index)._ops.\(operation.index)"
                let (convolutions, norms) = Self.modules(operation, stride: plan.stride(of: edge))
                offsets += (0..<4).map { $0 < convolutions.count ? offset("\(name).\(convolutions[$0])") : 0 }
                for (position, norm) in norms.enumerated() {
                    add(2 + edge.index * 16 + operation.index * 2 + position, "\(name).\(norm)")
                }
            }
        }
        self.statistics = statistics
        description = CellDescription(
            channels: plan.channels, nodes: topology.intermediateNodes, reduces: plan.kind == .reduce,
            reducesPrevious: plan.reducesPrevious, weightOffsets: offsets)
    }

    static func sliceName(_ index: Int) -> String { "cells.\(index)" }

    /// The DARTS modules' convolutions and batch norms, in the kernels' order.
    private static func modules(_ operation: Operation, stride: Int) -> (convolutions: [String], norms: [String]) {
        switch operation {
        case .none: ([], [])
        case .maxPool3x3, .avgPool3x3: ([], ["1"])
        case .skipConnect: stride == 2 ? (["conv_1", "conv_2"], ["bn"]) : ([], [])
        case .sepConv3x3, .sepConv5x5: (["op.1", "op.2", "op.5", "op.6"], ["op.3", "op.7"])
        case .dilConv3x3, .dilConv5x5: (["op.1", "op.2"], ["op.3"])
        case .sepConv7x7, .conv7x1And1x7: preconditionFailure("no candidate of a search")
        }
    }

    func forward(_ before: Tensor, _ previous: Tensor, _ context: ForwardContext) throws(TorchError) -> Tensor {
        let channels = plan.channels
        var given: [Float]?
        if case .given(let values, _) = context.statistics {
            var slots = [Float](repeating: 0, count: description.statisticCount)
            for (slot, entry) in statistics {
                for channel in 0..<2 * channels {
                    slots[2 * slot * channels + channel] = values[entry.meanOffset + channel]
                }
            }
            given = slots
        }
        let (output, own) = try CellKernels.forward(
            description, before: before, previous: previous, weights: context.weights[slice],
            mixture: plan.kind == .normal ? context.mixture.normal : context.mixture.reduce,
            dropPath: context.dropPath.map { masks in
                let count = context.edgeCount * context.imageCount
                return masks[plan.index * count..<(plan.index + 1) * count]
            }, given: given, skipsZeros: context.skipsZeros)
        if case .ofBatch(let collector) = context.statistics {
            for (slot, entry) in statistics {
                collector.add(entry, values: own[2 * slot * channels..<2 * (slot + 1) * channels])
            }
        }
        return output
    }
}
