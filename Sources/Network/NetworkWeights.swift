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
