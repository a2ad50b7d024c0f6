/// What one operation on one edge costs: an amount of every resource. What is counted is counted as the official SNAS code does:
/// batch norm and ReLU are free, a pool has nine multiply-adds for each element that it writes, memory access is in elements.
package struct OperationCost: Sendable, Hashable {
    /// In the order of `Resource.allCases`.
    private var amounts: [Int]

    private static let places = Dictionary(uniqueKeysWithValues: zip(Resource.allCases, 0...))

    /// What layers tell; nothing of any resource that is measured.
    package init(parameters: Int, multiplyAdds: Int, memoryAccessElements: Int) {
        self = .zero
        self.parameters = parameters
        self.multiplyAdds = multiplyAdds
        self.memoryAccessElements = memoryAccessElements
    }

    private init(amounts: [Int]) { self.amounts = amounts }

    /// The amount of one resource, in that resource's unit; 0 of a measured one where nothing was measured.
    package subscript(resource: Resource) -> Int {
        get { amounts[Self.place(resource)] }
        set { amounts[Self.place(resource)] = newValue }
    }

    private static func place(_ resource: Resource) -> Int {
        guard let place = places[resource] else { preconditionFailure("a resource without a place") }
        return place
    }

    /// Of one edge of a mixed operation.
    ///
    /// - Parameter chain: nil for `none`.
    init(of chain: OperationChain?, on input: MapShape) {
        self = .zero
        for layer in chain?.layers(named: "", of: input) ?? [] {
            let cost = layer.cost
            memoryAccessElements += cost.memoryAccessElements
            switch layer.kind {
            case .batchNorm: break
            case .pool: multiplyAdds += 9 * layer.output.elements
            case .convolution, .identity, .linear:
                parameters += cost.parameters
                multiplyAdds += cost.multiplyAdds
            }
        }
    }

    /// - Parameters:
    ///   - channels: C of the cell.
    ///   - outputSide: y, the output's height and width.
    ///   - stride: 1 or 2.
    package init(of operation: Operation, channels: Int, outputSide: Int, stride: Int) {
        let inputSide = outputSide * stride
        self.init(
            of: operation.chain(channels: channels, stride: stride, in: .mixedOperation),
            on: MapShape(channels, inputSide, inputSide))
    }
}

extension OperationCost {
    /// Weights. Those of batch norms count in a `DerivedSize`, not in what a mixed operation costs (`CostTable`).
    package var parameters: Int {
        get { self[.parameters] }
        set { self[.parameters] = newValue }
    }

    /// For one image. Those of pools count in what a mixed operation costs (`CostTable`), not in a `DerivedSize`.
    package var multiplyAdds: Int {
        get { self[.flops] }
        set { self[.flops] = newValue }
    }

    /// Elements, not bytes, that are read and written for one image; weights are read once.
    package var memoryAccessElements: Int {
        get { self[.memory] }
        set { self[.memory] = newValue }
    }

    /// What `none` costs, and what a sum starts from.
    package static let zero = OperationCost(amounts: Resource.allCases.map { _ in 0 })

    package static func + (left: OperationCost, right: OperationCost) -> OperationCost {
        OperationCost(amounts: zip(left.amounts, right.amounts).map { $0 + $1 })
    }
}
