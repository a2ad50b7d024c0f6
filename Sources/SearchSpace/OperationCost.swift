/// What one operation on one edge costs, as the official SNAS code counts it: batch norm and ReLU are
/// free, the halves of a separable convolution are both counted at the output's resolution, memory access is in elements.
package struct OperationCost: Sendable, Hashable {
    package var parameters: Int
    package var multiplyAdds: Int
    package var memoryAccessElements: Int

    package init(parameters: Int, multiplyAdds: Int, memoryAccessElements: Int) {
        self.parameters = parameters
        self.multiplyAdds = multiplyAdds
        self.memoryAccessElements = memoryAccessElements
    }

    /// - Parameters:
    ///   - channels: C of the cell.
    ///   - outputSide: y, the output's height and width.
    ///   - stride: 1 or 2.
    package init(of operation: Operation, channels C: Int, outputSide: Int, stride: Int) {
        self.init(of: operation, channels: C, outputArea: outputSide * outputSide, stride: stride)
    }

    /// - Parameter area: y^2, the output's height times its width.
    package init(of operation: Operation, channels C: Int, outputArea area: Int, stride: Int) {
        precondition(stride == 1 || stride == 2)
        switch operation {
        case .none:
            self.init(parameters: 0, multiplyAdds: 0, memoryAccessElements: 0)
        case .maxPool3x3, .avgPool3x3:
            self.init(
                parameters: 0, multiplyAdds: 9 * area * C, memoryAccessElements: (stride == 1 ? 2 : 5) * area * C)
        case .skipConnect where stride == 1:
            self.init(parameters: 0, multiplyAdds: 0, memoryAccessElements: 2 * C * area)
        case .skipConnect:
            let size = C * C
            self.init(
                parameters: size, multiplyAdds: size * area, memoryAccessElements: 2 * area * (4 * C + C / 2) + size)
        case .sepConv3x3: self.init(separable: 3, C, area, stride)
        case .sepConv5x5: self.init(separable: 5, C, area, stride)
        case .sepConv7x7: self.init(separable: 7, C, area, stride)
        case .dilConv3x3: self.init(dilated: 3, C, area, stride)
        case .dilConv5x5: self.init(dilated: 5, C, area, stride)
        case .conv7x1And1x7: preconditionFailure("no candidate of a search: its cost is a layer's (LayerCost)")
        }
    }

    private init(separable kernel: Int, _ channels: Int, _ area: Int, _ stride: Int) {
        let size = 2 * channels * kernel * kernel + 2 * channels * channels
        let planes = (stride == 1 ? 7 : 10) + 1
        self.init(
            parameters: size, multiplyAdds: size * area, memoryAccessElements: area * planes * channels + size)
    }

    private init(dilated kernel: Int, _ channels: Int, _ area: Int, _ stride: Int) {
        let size = channels * kernel * kernel + channels * channels
        let planes = (stride == 1 ? 3 : 6) + 1
        self.init(
            parameters: size, multiplyAdds: size * area, memoryAccessElements: area * planes * channels + size)
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
