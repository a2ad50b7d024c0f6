import SearchSpace
import Tensors

/// Collects the batch statistics of one pass, in the layout's order.
class StatisticCollector {
    private(set) var values: [Float]
    private let entries: [String: StatisticEntry]

    /// - Parameter absentVariance: of a batch norm that is not computed: 1 normalises nothing, 0 adds nothing to a sum.
    init(_ layout: WeightLayout, _ entries: [String: StatisticEntry], absentVariance: Float = 1) {
        self.entries = entries
        // Filled before it is this object's: each write to a stored property would be checked for exclusive access.
        var initial = [Float](repeating: 0, count: layout.statisticCount)
        if absentVariance != 0 {
            for entry in layout.statistics {
                for place in entry.varianceOffset..<entry.varianceOffset + entry.channels {
                    initial[place] = absentVariance
                }
            }
        }
        values = initial
    }

    func entry(_ name: String) -> StatisticEntry {
        guard let entry = entries[name] else { preconditionFailure("no batch norm '\(name)'") }
        return entry
    }

    /// Normalised with the batch's own statistics, which are collected.
    func normalised(
        _ input: Tensor, _ name: String, scale: Tensor?, shift: Tensor?, epsilon: Double
    ) throws(TorchError) -> Tensor {
        let (output, mean, variance) = try input.batchNormalised(scale: scale, shift: shift, epsilon: epsilon)
        try add(name, mean: mean, variance: variance)
        return output
    }

    private func add(_ name: String, mean: Tensor, variance: Tensor) throws(TorchError) {
        let entry = entry(name)
        try mean.copy(to: &values, at: entry.meanOffset, count: entry.channels)
        try variance.copy(to: &values, at: entry.varianceOffset, count: entry.channels)
    }

    /// - Parameter values: means, then variances.
    func add(_ entry: StatisticEntry, values own: ArraySlice<Float>) {
        precondition(own.count == 2 * entry.channels)
        values.replaceSubrange(entry.meanOffset..<entry.meanOffset + own.count, with: own)
    }
}

/// Which statistics a pass normalises with.
enum PassStatistics {
    /// Its own batch's, which are collected.
    case ofBatch(StatisticCollector)
    case given([Float], [String: StatisticEntry])

    /// - Parameter given: nil: the batch's own.
    init(_ given: [Float]?, _ layout: WeightLayout, _ entries: [String: StatisticEntry]) {
        self = given.map { .given($0, entries) } ?? .ofBatch(StatisticCollector(layout, entries))
    }

    var collected: [Float] {
        guard case .ofBatch(let collector) = self else { preconditionFailure("this pass collects no statistics") }
        return collector.values
    }
}

/// Everything a pass reads besides its input.
struct ForwardContext {
    let weights: NetworkWeights
    /// Z, in a super-network's pass.
    let z: MixtureTensors?
    let statistics: PassStatistics
    let imageCount: Int
    let precision: Precision
    let device: ComputeDevice
    /// Whether operations of weight 0 are left out; their credits are then not known.
    let skipsZeros: Bool
    /// Cell x edge x image, 0 or 1/keep.
    let dropPath: [Float]?
    /// Nil where no edge may keep noise.
    let noise: PassNoise?
    /// Whether an edge's auxiliary skip stands beside a single operation too: in training it does.
    var keepsAuxiliarySkips = false
    /// That the kernels cut the images into.
    var parts = 1

    /// PyTorch's default.
    static let epsilon = 1e-5

    /// Whether the batch norm is a part of what the mixture does not hold, and is not computed.
    func leavesOut(_ entry: StatisticEntry) -> Bool {
        guard skipsZeros, let place = entry.tableEntry, let z else { return false }
        return z.isZero(entry: place)
    }

    var mixture: MixtureTensors {
        guard let z else { preconditionFailure("a derived network has no mixture") }
        return z
    }

    /// With scale and shift where the layout has them.
    func batchNorm(_ input: Tensor, _ name: String) throws(TorchError) -> Tensor {
        let scale = weights.ifPresent("\(name).weight")
        let shift = weights.ifPresent("\(name).bias")
        switch statistics {
        case .ofBatch(let collector):
            return try collector.normalised(input, name, scale: scale, shift: shift, epsilon: Self.epsilon)
        case .given(let values, let entries):
            guard let entry = entries[name] else { preconditionFailure("no batch norm '\(name)'") }
            let mean = Array(values[entry.meanOffset..<entry.meanOffset + entry.channels])
            let variance = Array(values[entry.varianceOffset..<entry.varianceOffset + entry.channels])
            return try input.normalised(
                mean: try Tensor(mean, shape: [entry.channels], precision: precision, device: device),
                variance: try Tensor(variance, shape: [entry.channels], precision: precision, device: device),
                scale: scale, shift: shift, epsilon: Self.epsilon)
        }
    }

    /// The edge's mask, one entry an image; nil drops nothing.
    func dropPathMask(_ cell: CellPlan, edge: Int) throws(TorchError) -> Tensor? {
        guard let dropPath else { return nil }
        let start = (cell.firstEdge + edge) * imageCount
        return try Tensor(
            Array(dropPath[start..<start + imageCount]), shape: [imageCount], precision: precision, device: device)
    }
}
