import SearchSpace
import Tensors

/// A part of the flat vector that is one tensor: a weight, or all weights of a cell for the kernels.
struct WeightGroup: Sendable {
    let name: String
    let shape: [Int]
    let range: Range<Int>

    /// One group a weight.
    static func plain(_ layout: WeightLayout) -> [WeightGroup] {
        layout.entries.map { WeightGroup(name: $0.name, shape: $0.shape, range: $0.range) }
    }

    /// One group for each of these cells; all other weights by themselves, before them.
    static func byCell(_ layout: WeightLayout, cells: some Sequence<Int>) -> [WeightGroup] {
        let prefixes = cells.map { KernelCell.sliceName($0) + "." }
        var groups = plain(layout).filter { group in !prefixes.contains { group.name.hasPrefix($0) } }
        for cell in cells {
            let name = KernelCell.sliceName(cell)
            let own = layout.entries.filter { $0.name.hasPrefix(name + ".") }
            guard let first = own.first, let last = own.last else { preconditionFailure("'\(name)' has no weights") }
            let range = first.offset..<last.range.upperBound
            precondition(own.reduce(0) { $0 + $1.count } == range.count, "a cell's weights lie side by side")
            groups.append(WeightGroup(name: name, shape: [range.count], range: range))
        }
        return groups
    }
}

/// The weights of a round as tensors, by name. Read by many passes at once, written by none.
package struct NetworkWeights: Sendable {
    /// In the groups' order.
    let ordered: [Tensor]
    private let positions: [String: Int]

    init(_ weights: [Float], groups: [WeightGroup], precision: Precision, device: ComputeDevice) throws(TorchError) {
        var tensors: [Tensor] = []
        tensors.reserveCapacity(groups.count)
        var positions: [String: Int] = [:]
        for group in groups {
            positions[group.name] = tensors.count
            tensors.append(
                try Tensor(Array(weights[group.range]), shape: group.shape, precision: precision, device: device))
        }
        ordered = tensors
        self.positions = positions
    }

    private init(_ ordered: [Tensor], _ positions: [String: Int]) {
        self.ordered = ordered
        self.positions = positions
    }

    /// The same values as leaves of one pass's own graph: gradients of two passes never meet in one tensor.
    func leaves() throws(TorchError) -> NetworkWeights {
        var leaves: [Tensor] = []
        leaves.reserveCapacity(ordered.count)
        for tensor in ordered { leaves.append(try tensor.leaf()) }
        return NetworkWeights(leaves, positions)
    }

    subscript(name: String) -> Tensor {
        guard let weight = ifPresent(name) else { preconditionFailure("no weight '\(name)' in the layout") }
        return weight
    }

    func ifPresent(_ name: String) -> Tensor? { positions[name].map { ordered[$0] } }
}

/// Both tables of Z: as vectors that gradients are asked for, and as the scalars that outputs are multiplied with.
struct MixtureTensors {
    let normal: Tensor
    let reduce: Tensor
    private let scalars: [CellKind: [Tensor]]
    private let values: Mixture

    /// - Parameter needsScalars: the kernels read the vectors alone.
    init(
        _ mixture: Mixture, needsScalars: Bool, precision: Precision, device: ComputeDevice
    ) throws(TorchError) {
        values = mixture
        normal = try Tensor(mixture.normal, shape: [mixture.normal.count], precision: precision, device: device).leaf()
        reduce = try Tensor(mixture.reduce, shape: [mixture.reduce.count], precision: precision, device: device).leaf()
        scalars = needsScalars ? [.normal: try normal.entries(), .reduce: try reduce.entries()] : [:]
    }

    func scalar(_ kind: CellKind, edge: Int, _ operation: Operation) -> Tensor {
        guard let scalar = scalars[kind]?[edge * Operation.count + operation.index] else {
            preconditionFailure("edge \(edge) is not in the mixture")
        }
        return scalar
    }

    func isZero(_ kind: CellKind, edge: Int, _ operation: Operation) -> Bool {
        values[kind][edge * Operation.count + operation.index] == 0
    }
}
