/// What one operation on one edge costs, as the official SNAS code counts it: batch norm and ReLU are free, a pool has nine
/// multiply-adds for each element that it writes, memory access is in elements.
package struct OperationCost: Sendable, Hashable {
    package var parameters: Int
    package var multiplyAdds: Int
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
    package static let zero = OperationCost(parameters: 0, multiplyAdds: 0, memoryAccessElements: 0)

    package static func + (left: OperationCost, right: OperationCost) -> OperationCost {
        OperationCost(
            parameters: left.parameters + right.parameters, multiplyAdds: left.multiplyAdds + right.multiplyAdds,
            memoryAccessElements: left.memoryAccessElements + right.memoryAccessElements)
    }

    package subscript(resource: Resource) -> Int {
        switch resource {
        case .parameters: parameters
        case .flops: multiplyAdds
        case .memory: memoryAccessElements
        }
    }
}
