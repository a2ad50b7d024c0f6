/// What one operation on one edge costs, as the official SNAS code counts it: batch norm and ReLU are free, a pool has nine
/// multiply-adds for each element that it writes, memory access is in elements.
package struct OperationCost: Sendable, Hashable {
    /// Weights. Those of batch norms count in a `DerivedSize`, not in what a mixed operation costs (`CostTable`).
    package var parameters: Int
    /// For one image. Those of pools count in what a mixed operation costs (`CostTable`), not in a `DerivedSize`.
    package var multiplyAdds: Int
    /// Elements, not bytes, that are read and written for one image; weights are read once.
    package var memoryAccessElements: Int

    package init(parameters: Int, multiplyAdds: Int, memoryAccessElements: Int) {
        self.parameters = parameters
        self.multiplyAdds = multiplyAdds
        self.memoryAccessElements = memoryAccessElements
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
    /// What `none` costs, and what a sum starts from.
    package static let zero = OperationCost(parameters: 0, multiplyAdds: 0, memoryAccessElements: 0)

    package static func + (left: OperationCost, right: OperationCost) -> OperationCost {
        OperationCost(
            parameters: left.parameters + right.parameters, multiplyAdds: left.multiplyAdds + right.multiplyAdds,
            memoryAccessElements: left.memoryAccessElements + right.memoryAccessElements)
    }

    /// The amount of one resource, in that resource's unit.
    package subscript(resource: Resource) -> Int {
        switch resource {
        case .parameters: parameters
        case .flops: multiplyAdds
        case .memory: memoryAccessElements
        }
    }
}
