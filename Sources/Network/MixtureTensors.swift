import SearchSpace
import Tensors

/// Z as tensors: vectors, which gradients are asked for, and the scalars that outputs are multiplied with.
struct MixtureTensors {
    /// For the operators one a kind of cell that the space has. For the kernels one a cell: each then has one reader, and autograd
    /// adds nothing in an order of its own.
    let leaves: [Tensor]
    /// Whose Z each leaf is.
    private let kinds: [CellKind]
    /// By kind; empty for the kernels, which read the vectors alone.
    private let scalars: [[Tensor]]
    private let values: EdgeTable<Float>

    init(leaves: [Tensor], kinds: [CellKind], scalars: [[Tensor]], values: EdgeTable<Float>) {
        self.leaves = leaves
        self.kinds = kinds
        self.scalars = scalars
        self.values = values
    }

    /// - Parameters:
    ///   - cells: that go through the kernels, all of the network; nil: operators compute it.
    ///   - besides: what stands behind the entries of a kind in its vector, in the kinds' order (`KernelCell`); it earns no credit.
    init(
        _ mixture: EdgeTable<Float>, cells: [CellPlan]?, besides: [[Float]] = [], precision: Precision,
        device: ComputeDevice
    ) throws(TorchError) {
        values = mixture
        var tables: [CellKind: Tensor] = [:]
        var leaves: [Tensor] = []
        var scalars: [[Tensor]] = []
        kinds = cells?.map(\.kind) ?? mixture.shape.kinds
        for kind in kinds {
            let beside = besides.isEmpty ? nil : mixture.shape.kinds.firstIndex(of: kind).map { besides[$0] }
            let own = Array(mixture[kind]) + (beside ?? [])
            let table: Tensor
            if let made = tables[kind] {
                table = made
            } else {
                table = try Tensor(own, shape: [own.count], precision: precision, device: device)
            }
            tables[kind] = table
            let leaf = try table.leaf()
            leaves.append(leaf)
            if cells == nil { scalars.append(try leaf.entries()) }
        }
        self.leaves = leaves
        self.scalars = scalars
    }

    /// A cell's that goes through the kernels.
    func table(of cell: CellPlan) -> Tensor {
        precondition(scalars.isEmpty && kinds[cell.index] == cell.kind)
        return leaves[cell.index]
    }

    func scalar(_ kind: CellKind, edge: Int, _ operation: Operation) -> Tensor {
        guard let entry = values.shape.entry(kind, edge: edge, operation) else {
            preconditionFailure("edge \(edge) does not have \(operation.name)")
        }
        guard let place = kinds.firstIndex(of: kind) else { preconditionFailure("no cell is \(kind)") }
        return scalars[place][entry - values.shape.entries(of: kind).lowerBound]
    }

    /// dL/dZ by entry of the mixture, summed over the cells of a kind, the last cell first.
    ///
    /// - Parameter gradients: by leaf; nil stands for zeros.
    func credits(_ gradients: some BidirectionalCollection<Tensor?>) throws(TorchError) -> [Float] {
        precondition(gradients.count == kinds.count)
        var sums = [Float](repeating: 0, count: values.shape.count)
        var begun: Set<CellKind> = []
        for (kind, gradient) in zip(kinds.reversed(), gradients.reversed()) {
            guard let own = try gradient?.floats() else { continue }
            let isFirst = begun.insert(kind).inserted
            for (place, value) in zip(values.shape.entries(of: kind), own) {
                sums[place] = isFirst ? value : sums[place] + value
            }
        }
        return sums
    }

    func isZero(entry: Int) -> Bool { values.entries[entry] == 0 }

    func isZero(_ kind: CellKind, edge: Int, _ operation: Operation) -> Bool { values[kind, edge, operation] == 0 }
}
