import SearchSpace

/// Where a cell's weights and batch norms lie in its slice of the flat vector, in the kernels' order.
struct KernelPlaces {
    /// Both preprocessings', then edges x 8 operations x 4 (`CellDescription`).
    private(set) var weightOffsets: [Int64] = []
    /// Scale and shift by slot; -1 where a slot's batch norm has none.
    private(set) var affineOffsets: [Int64] = [-1, -1, -1, -1]
    /// Slot of the kernels' statistics to entry of the layout.
    private(set) var statistics: [(slot: Int, entry: StatisticEntry)] = []

    private let prefix: String
    private let start: Int
    private let weights: [String: Int]
    private let entries: [String: StatisticEntry]

    /// With both preprocessings; the edges' operations come by `add`.
    ///
    /// - Parameter range: the cell's weights in the flat vector.
    init(cell: CellPlan, layout: WeightLayout, range: Range<Int>) {
        prefix = "cells.\(cell.index)"
        start = range.lowerBound
        weights = Dictionary(uniqueKeysWithValues: layout.entries.map { ($0.name, $0.offset) })
        entries = Dictionary(uniqueKeysWithValues: layout.statistics.map { ($0.name, $0) })
        if cell.reducesPrevious {
            weightOffsets = [offset("preprocess0.conv_1.weight"), offset("preprocess0.conv_2.weight")]
        } else {
            weightOffsets = [offset("preprocess0.op.1.weight"), -1]
        }
        weightOffsets.append(offset("preprocess1.op.1.weight"))
        addNorm(0, cell.reducesPrevious ? "preprocess0.bn" : "preprocess0.op.2")
        addNorm(1, "preprocess1.op.2")
    }

    /// One operation of an edge.
    ///
    /// - Parameters:
    ///   - name: of its module within the cell.
    ///   - poolNorm: of the batch norm behind a pool, within the module.
    mutating func add(_ operation: Operation, edge: Int, stride: Int, named name: String, poolNorm: String) {
        let row = 3 + edge * 32
        while weightOffsets.count < row + 32 { weightOffsets.append(-1) }
        while affineOffsets.count < 2 * (2 + 16 * (edge + 1)) { affineOffsets.append(-1) }
        let (convolutions, norms) = Self.modules(operation, stride: stride, poolNorm: poolNorm)
        for (position, convolution) in convolutions.enumerated() {
            weightOffsets[row + operation.index * 4 + position] = offset("\(name).\(convolution).weight")
        }
        for (position, norm) in norms.enumerated() {
            addNorm(2 + edge * 16 + operation.index * 2 + position, "\(name).\(norm)")
        }
    }

    /// The DARTS modules' convolutions and batch norms, in the kernels' order.
    private static func modules(
        _ operation: Operation, stride: Int, poolNorm: String
    ) -> (convolutions: [String], norms: [String]) {
        switch operation {
        case .none: ([], [])
        case .maxPool3x3, .avgPool3x3: ([], [poolNorm])
        case .skipConnect: stride == 2 ? (["conv_1", "conv_2"], ["bn"]) : ([], [])
        case .sepConv3x3, .sepConv5x5: (["op.1", "op.2", "op.5", "op.6"], ["op.3", "op.7"])
        case .dilConv3x3, .dilConv5x5: (["op.1", "op.2"], ["op.3"])
        case .sepConv7x7, .conv7x1And1x7: preconditionFailure("the kernels do not carry \(operation)")
        }
    }

    private func offset(_ name: String) -> Int64 {
        guard let offset = weights["\(prefix).\(name)"] else {
            preconditionFailure("no weight '\(prefix).\(name)' in the layout")
        }
        return Int64(offset - start)
    }

    /// A pool of a derived network may have no batch norm, and those of a search have no scale and shift.
    private mutating func addNorm(_ slot: Int, _ name: String) {
        if let entry = entries["\(prefix).\(name)"] { statistics.append((slot, entry)) }
        guard weights["\(prefix).\(name).weight"] != nil else { return }
        affineOffsets[2 * slot] = offset("\(name).weight")
        affineOffsets[2 * slot + 1] = offset("\(name).bias")
    }
}
