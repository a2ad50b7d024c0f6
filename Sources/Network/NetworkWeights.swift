import SearchSpace
import Tensors

/// The weights of a round as tensors, by name. Read by many passes at once, written by none.
package struct NetworkWeights: Sendable {
    /// In the layout's order.
    let ordered: [Tensor]
    private let positions: [String: Int]

    init(_ weights: [Float], layout: WeightLayout, precision: Precision, device: ComputeDevice) throws(TorchError) {
        precondition(weights.count == layout.weightCount)
        var tensors: [Tensor] = []
        tensors.reserveCapacity(layout.entries.count)
        var positions: [String: Int] = [:]
        for entry in layout.entries {
            positions[entry.name] = tensors.count
            tensors.append(
                try Tensor(Array(weights[entry.range]), shape: entry.shape, precision: precision, device: device))
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
        guard let position = positions[name] else { preconditionFailure("no weight '\(name)' in the layout") }
        return ordered[position]
    }
}

/// Both tables of Z: as vectors that gradients are asked for, and as the scalars that outputs are multiplied with.
struct MixtureTensors {
    let normal: Tensor
    let reduce: Tensor
    private let scalars: [CellKind: [Tensor]]
    private let values: Mixture

    init(_ mixture: Mixture, precision: Precision, device: ComputeDevice) throws(TorchError) {
        values = mixture
        normal = try Tensor(mixture.normal, shape: [mixture.normal.count], precision: precision, device: device).leaf()
        reduce = try Tensor(mixture.reduce, shape: [mixture.reduce.count], precision: precision, device: device).leaf()
        scalars = [.normal: try normal.entries(), .reduce: try reduce.entries()]
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
