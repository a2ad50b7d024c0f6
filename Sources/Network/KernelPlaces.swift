import SearchSpace
import Tensors

/// Where a cell's weights and batch norms lie in its slice of the flat vector, in the kernels' order.
struct KernelPlaces {
    /// Both preprocessings', then each edge's operations' (`CellDescription.weightEntry`).
    private(set) var weightOffsets: [Int64] = []
    /// Scale and shift by slot; -1 where a slot's batch norm has none.
    private(set) var affineOffsets = [Int64](repeating: -1, count: 2 * CellDescription.mostInputs)
    /// Slot of the kernels' statistics to entry of the layout.
    private(set) var statistics: [(slot: Int, entry: StatisticEntry)] = []

    private let start: Int
    private let weights: [String: Int]
    private let entries: [String: StatisticEntry]

    /// With the preprocessings, where a cell has them; the edges' operations come by `add`.
    ///
    /// - Parameter range: the cell's weights in the flat vector.
    init(cell: CellPlan, layout: WeightLayout, range: Range<Int>) {
        start = range.lowerBound
        weights = Dictionary(uniqueKeysWithValues: layout.entries.map { ($0.name, $0.offset) })
        entries = Dictionary(uniqueKeysWithValues: layout.statistics.map { ($0.name, $0) })
        if let (before, previous) = cell.preprocessing {
            let names = (0..<2).map { "\(cell.name).preprocess\($0)" }
            weightOffsets = before.convolutionNames.map { offset("\(names[0]).\($0).weight") }
            while weightOffsets.count < CellDescription.weightsBefore { weightOffsets.append(-1) }
            weightOffsets += previous.convolutionNames.map { offset("\(names[1]).\($0).weight") }
            for name in before.batchNormNames { addNorm(0, "\(names[0]).\(name)") }
            for name in previous.batchNormNames { addNorm(1, "\(names[1]).\(name)") }
        }
    }

    /// One operation of an edge.
    ///
    /// - Parameters:
    ///   - operation: one that the kernels know.
    ///   - chain: its layers; nil for `none`.
    ///   - name: of its module.
    mutating func add(_ operation: Operation, _ chain: OperationChain?, edge: Int, named name: String) {
        guard let place = KernelOperations.place(of: operation) else {
            preconditionFailure("the kernels do not know \(operation.name)")
        }
        while weightOffsets.count < CellDescription.weightEntries(edges: edge + 1) { weightOffsets.append(-1) }
        while affineOffsets.count < 2 * CellDescription.slots(edges: edge + 1) { affineOffsets.append(-1) }
        guard let chain else { return }
        for (position, convolution) in chain.convolutionNames.enumerated() {
            let entry = CellDescription.weightEntry(edge: edge, operation: place, position: position)
            weightOffsets[entry] = offset("\(name).\(convolution).weight")
        }
        for (position, norm) in chain.batchNormNames.enumerated() {
            addNorm(CellDescription.slot(edge: edge, operation: place, position: position), "\(name).\(norm)")
        }
    }

    private func offset(_ name: String) -> Int64 {
        guard let offset = weights[name] else {
            preconditionFailure("no weight '\(name)' in the layout")
        }
        return Int64(offset - start)
    }

    /// Batch norms of a search have no scale and shift.
    private mutating func addNorm(_ slot: Int, _ name: String) {
        guard let entry = entries[name] else {
            preconditionFailure("no batch norm '\(name)' in the layout")
        }
        statistics.append((slot, entry))
        guard weights["\(name).weight"] != nil else { return }
        affineOffsets[2 * slot] = offset("\(name).weight")
        affineOffsets[2 * slot + 1] = offset("\(name).bias")
    }
}
