/// What a weight is for; decides its first value.
package enum WeightRole: String, Sendable, Hashable {
    case convolution
    case classifierWeight
    case classifierBias
    case batchNormScale
    case batchNormShift
}

/// One weight tensor's place in the flat vector.
package struct WeightEntry: Sendable, Hashable {
    /// PyTorch's name of it in the DARTS code.
    package let name: String
    /// PyTorch's: outputs x inputs/groups x rows x columns of a convolution, outputs x inputs of the
    /// classifier, one length for the rest.
    package let shape: [Int]
    /// Floats before it in the flat vector of weights.
    package let offset: Int
    /// Floats that it has: the product of `shape`.
    package let count: Int
    /// Inputs that one output value sums over, by which first values are drawn. Of a batch norm it is the number of
    /// channels, and nobody reads it.
    package let fanIn: Int
    /// By it `InitialValues` gives the first value.
    package let role: WeightRole
    /// Entry of alpha's table that the weight serves: nil where every mixture needs it.
    package let tableEntry: Int?

    /// Its floats in the flat vector of weights.
    package var range: Range<Int> { offset..<offset + count }
}

/// One batch norm's place in the flat vector of statistics: its mean, then its variance, `channels` values each.
package struct StatisticEntry: Sendable, Hashable {
    /// Name of the batch-norm module.
    package let name: String
    /// Channels that it normalises.
    package let channels: Int
    /// Floats before its mean in the flat vector of statistics.
    package let meanOffset: Int
    /// Entry of alpha's table whose operation the batch norm is a part of; nil where every mixture needs it.
    package let tableEntry: Int?

    /// Its mean and its variance in the flat vector of statistics.
    package var range: Range<Int> { meanOffset..<meanOffset + 2 * channels }

    /// Floats before its variance, which follows the mean.
    package var varianceOffset: Int { meanOffset + channels }
}

/// Name, shape, offset, fan-in and order of every weight and statistic: what flat floats mean, for coordinator, wire, worker
/// and files alike. Names and order are those of the DARTS and SNAS modules in PyTorch, so that weights can be exchanged.
package struct WeightLayout: Sendable, Hashable {
    /// Weights in the order of their offsets, without a gap.
    package let entries: [WeightEntry]
    /// Batch norms in the order of their offsets, without a gap.
    package let statistics: [StatisticEntry]
    /// Floats of the flat vector of weights.
    package let weightCount: Int
    /// Floats of the flat vector of statistics: two a channel of every batch norm.
    package let statisticCount: Int

    init(_ builder: WeightLayoutBuilder) {
        entries = builder.entries
        statistics = builder.statistics
        weightCount = builder.weightCount
        statisticCount = builder.statisticCount
    }

    /// One line an entry; the layout's digest is taken of it.
    package var canonicalText: String {
        let weights = entries.map { entry in
            "\(entry.name) \(entry.shape.map(String.init).joined(separator: "x")) \(entry.offset) \(entry.role.rawValue)"
        }
        let statistics = statistics.map { "\($0.name) statistics \($0.channels) \($0.meanOffset)" }
        return (weights + statistics).joined(separator: "\n") + "\n"
    }

    /// The weight of that name; nil where there is none. It is looked for among all entries.
    package func weight(_ name: String) -> WeightEntry? { entries.first { $0.name == name } }

    /// The batch norm of that name; nil where there is none. It is looked for among all of them.
    package func statistic(_ name: String) -> StatisticEntry? { statistics.first { $0.name == name } }
}

/// Appends entries in order and keeps the offsets.
struct WeightLayoutBuilder {
    private(set) var entries: [WeightEntry] = []
    private(set) var statistics: [StatisticEntry] = []
    private(set) var weightCount = 0
    private(set) var statisticCount = 0
    /// Of the layer that is being appended.
    private var tableEntry: Int?

    /// What a layer has of weights and statistics.
    ///
    /// - Parameters:
    ///   - isAffine: whether a batch norm has scale and shift.
    ///   - tableEntry: the candidate that the layer is a part of; nil where it is a part of none.
    mutating func append(_ layer: NetworkLayer, isAffine: Bool, tableEntry: Int? = nil) {
        self.tableEntry = tableEntry
        let (inputs, outputs) = (layer.input.channels, layer.output.channels)
        switch layer.kind {
        case .convolution(let height, let width, let groups):
            weight(
                layer.name + ".weight", shape: [outputs, inputs / groups, height, width],
                fanIn: inputs / groups * height * width, role: .convolution)
        case .linear:
            weight(layer.name + ".weight", shape: [outputs, inputs], fanIn: inputs, role: .classifierWeight)
            weight(layer.name + ".bias", shape: [outputs], fanIn: inputs, role: .classifierBias)
        case .batchNorm: batchNorm(layer.name, channels: outputs, isAffine: isAffine)
        case .pool, .identity: break
        }
    }

    private mutating func weight(_ name: String, shape: [Int], fanIn: Int, role: WeightRole) {
        let count = shape.reduce(1, *)
        entries.append(
            WeightEntry(
                name: name, shape: shape, offset: weightCount, count: count, fanIn: fanIn, role: role,
                tableEntry: tableEntry))
        weightCount += count
    }

    private mutating func batchNorm(_ name: String, channels: Int, isAffine: Bool) {
        if isAffine {
            weight(name + ".weight", shape: [channels], fanIn: channels, role: .batchNormScale)
            weight(name + ".bias", shape: [channels], fanIn: channels, role: .batchNormShift)
        }
        statistics.append(
            StatisticEntry(name: name, channels: channels, meanOffset: statisticCount, tableEntry: tableEntry))
        statisticCount += 2 * channels
    }
}
