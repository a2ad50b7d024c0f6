extension NetworkPlan {
    /// The network in which the papers tell the size of a CIFAR cell: 36 channels, 20 cells.
    package static func target(nodes: Int, channels: Int = 36, layers: Int = 20) -> NetworkPlan {
        NetworkPlan(
            image: ImageShape(channels: 3, height: 32, width: 32), classes: 10, initChannels: channels, layers: layers,
            topology: CellTopology(intermediateNodes: nodes))
    }

    /// Weights of the derived network, batch norm affine everywhere but in pools, without auxiliary head: what the papers count.
    /// Nothing but `none` on 36 channels and 20 cells: 1,370,134.
    package func derivedWeights(_ genotype: Genotype) -> Int {
        var count = (9 * image.channels + 2) * stemChannels + (classifierInputs + 1) * classes
        for cell in cells {
            count += (cell.inputChannels0 + cell.inputChannels1 + 4) * cell.channels
            for choice in genotype[cell.kind] {
                let stride = cell.kind == .reduce && choice.from < 2 ? 2 : 1
                // How many weights an operation has does not depend on the map's size.
                count +=
                    OperationCost(of: choice.operation, channels: cell.channels, outputSide: 1, stride: stride)
                    .parameters
                    + 2 * cell.channels * Self.batchNorms(choice.operation, stride: stride)
            }
        }
        return count
    }

    private static func batchNorms(_ operation: Operation, stride: Int) -> Int {
        switch operation {
        case .sepConv3x3, .sepConv5x5: 2
        case .dilConv3x3, .dilConv5x5: 1
        case .skipConnect: stride - 1
        default: 0
        }
    }
}
