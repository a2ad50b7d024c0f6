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

    /// One group for each of these cells, empty where it has no weights; all other weights by themselves, before them.
    ///
    /// - Parameter cells: their names.
    static func byCell(_ layout: WeightLayout, cells: [String]) -> [WeightGroup] {
        let prefixes = cells.map { $0 + "." }
        var groups = plain(layout).filter { group in !prefixes.contains { group.name.hasPrefix($0) } }
        for name in cells {
            let own = layout.entries.filter { $0.name.hasPrefix(name + ".") }
            let range = (own.first?.offset ?? 0)..<(own.last?.range.upperBound ?? 0)
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
                try Tensor(weights[group.range], shape: group.shape, precision: precision, device: device))
        }
        ordered = tensors
        self.positions = positions
    }

    /// Doubles, exact to 48 bits: each is the sum of a Float and what that Float leaves.
    init(_ weights: [Double], groups: [WeightGroup], device: ComputeDevice) throws(TorchError) {
        let (near, rest) = (weights.map { Float($0) }, weights.map { Float($0 - Double(Float($0))) })
        let nearest = try NetworkWeights(near, groups: groups, precision: .double, device: device)
        let rests = try NetworkWeights(rest, groups: groups, precision: .double, device: device)
        var sums: [Tensor] = []
        for (left, right) in zip(nearest.ordered, rests.ordered) { sums.append(try left + right) }
        self.init(sums, nearest.positions)
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

/// Z as tensors: a vector for each kind of cell, which gradients are asked for, and the scalars that outputs are multiplied with.
struct MixtureTensors {
    /// One a kind of cell that the space has.
    let tables: [Tensor]
    private let scalars: [[Tensor]]
    private let values: EdgeTable<Float>

    /// - Parameter needsScalars: the kernels read the vectors alone.
    init(
        _ mixture: EdgeTable<Float>, needsScalars: Bool, precision: Precision, device: ComputeDevice
    ) throws(TorchError) {
        values = mixture
        var tables: [Tensor] = []
        var scalars: [[Tensor]] = []
        for kind in mixture.shape.kinds {
            let own = Array(mixture[kind])
            let table = try Tensor(own, shape: [own.count], precision: precision, device: device).leaf()
            tables.append(table)
            if needsScalars { scalars.append(try table.entries()) }
        }
        self.tables = tables
        self.scalars = scalars
    }

    func table(_ kind: CellKind) -> Tensor { tables[place(kind)] }

    func scalar(_ kind: CellKind, edge: Int, _ operation: Operation) -> Tensor {
        guard let entry = values.shape.entry(kind, edge: edge, operation) else {
            preconditionFailure("edge \(edge) does not have \(operation.name)")
        }
        return scalars[place(kind)][entry - values.shape.entries(of: kind).lowerBound]
    }

    private func place(_ kind: CellKind) -> Int {
        guard let place = values.shape.kinds.firstIndex(of: kind) else { preconditionFailure("no cell is \(kind)") }
        return place
    }

    func isZero(entry: Int) -> Bool { values.entries[entry] == 0 }

    func isZero(_ kind: CellKind, edge: Int, _ operation: Operation) -> Bool { values[kind, edge, operation] == 0 }
}
