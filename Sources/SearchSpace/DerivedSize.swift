/// The exact size of every network that can be derived on one plan: a fixed part, and for each entry of the alpha tables
/// what it adds when it is chosen. A size is linear in the choices, so its expectation under softmax(alpha) is exact too.
///
/// It counts as papers count a network: affine batch norms in preprocessing and convolutions, none in pools (SNAS keeps one
/// there: 2 C more for each pool), multiply-adds of convolutions and the classifier only, no auxiliary head. DARTS_V2 at 36
/// channels and 20 cells has 3,349,342 parameters, all edges `none` leave 1,370,134.
package struct DerivedSize: Sendable, Equatable {
    package let plan: NetworkPlan
    /// Stem, preprocessing and classifier.
    package let fixed: OperationCost
    /// Added over the cells of the kind.
    package let costs: EdgeTable<OperationCost>

    package init(_ plan: NetworkPlan) {
        self.plan = plan
        costs = CostTable.totals(of: CostTable.groups(plan, cost: Self.cost), plan.topology.tableShape)
        fixed = Self.fixedPart(plan)
    }

    private static func cost(of operation: Operation, channels: Int, area: Int, stride: Int) -> OperationCost {
        var cost = OperationCost(of: operation, channels: channels, outputArea: area, stride: stride)
        switch operation {
        case .none: break
        case .maxPool3x3, .avgPool3x3: cost.multiplyAdds = 0
        case .skipConnect: if stride == 2 { cost.parameters += 2 * channels }
        case .sepConv3x3, .sepConv5x5: cost.parameters += 4 * channels
        case .dilConv3x3, .dilConv5x5: cost.parameters += 2 * channels
        case .sepConv7x7, .conv7x1And1x7: preconditionFailure("\(operation.name) is no candidate of a search")
        }
        return cost
    }

    private static func fixedPart(_ plan: NetworkPlan) -> OperationCost {
        let image = plan.image
        let area = image.height * image.width
        var sum = convolution(
            inputs: image.channels, inputArea: area, outputs: plan.stemChannels, outputArea: area, kernel: 3)
        for cell in plan.cells {
            let area = cell.inputHeight * cell.inputWidth
            if cell.reducesPrevious {
                // Two pointwise convolutions, each reads the larger map and writes half of the channels.
                for outputs in [cell.channels / 2, cell.channels - cell.channels / 2] {
                    sum =
                        sum
                        + convolution(
                            inputs: cell.inputChannels0, inputArea: 4 * area, outputs: outputs, outputArea: area)
                }
            } else {
                sum =
                    sum
                    + convolution(
                        inputs: cell.inputChannels0, inputArea: area, outputs: cell.channels, outputArea: area)
            }
            sum =
                sum
                + convolution(
                    inputs: cell.inputChannels1, inputArea: area, outputs: cell.channels, outputArea: area)
        }
        let weights = plan.classifierInputs * plan.classes
        return sum
            + OperationCost(
                parameters: weights + plan.classes, multiplyAdds: weights,
                memoryAccessElements: plan.classifierInputs + plan.classes + weights)
    }

    /// A convolution and its affine batch norm.
    private static func convolution(
        inputs: Int, inputArea: Int, outputs: Int, outputArea: Int, kernel: Int = 1
    ) -> OperationCost {
        let weights = inputs * outputs * kernel * kernel
        return OperationCost(
            parameters: weights + 2 * outputs, multiplyAdds: weights * outputArea,
            memoryAccessElements: inputs * inputArea + outputs * outputArea + weights)
    }

    // MARK: Sizes

    /// Of the network that keeps these operations, one an edge, kind after kind.
    package func size(of operations: [Operation]) -> OperationCost {
        precondition(operations.count == costs.shape.rows.count)
        return zip(costs.shape.rows, operations).reduce(fixed) { sum, choice in
            sum + costs.entries[choice.0.lowerBound + choice.1.index]
        }
    }

    /// Of the network that is derived from alpha: the most probable operation of every edge.
    package func size(of alpha: EdgeTable<Float>) -> OperationCost { size(of: alpha.mostProbable()) }

    /// Of the network of a genotype of the space; an edge that it does not name is `none`.
    package func size(of genotype: Genotype) -> OperationCost {
        size(of: EdgeTable<Float>.oneHot(genotype).mostProbable())
    }

    /// The entries' shares of the size, without the fixed part.
    package func values(_ resource: Resource) -> EdgeTable<Double> { costs.map { Double($0[resource]) } }

    /// Of the smallest and the largest network of the space.
    package func bounds(_ resource: Resource) -> (smallest: Int, largest: Int) {
        var (smallest, largest) = (fixed[resource], fixed[resource])
        for row in costs.shape.rows {
            let sizes = costs.entries[row].map { $0[resource] }
            smallest += sizes.min() ?? 0
            largest += sizes.max() ?? 0
        }
        return (smallest, largest)
    }
}

extension NetworkPlan {
    /// The network in which the papers tell the size of a CIFAR cell: 36 channels, 20 cells.
    package static func target(nodes: Int, channels: Int = 36, layers: Int = 20) -> NetworkPlan {
        NetworkPlan(
            image: ImageShape(channels: 3, height: 32, width: 32), classes: 10, initChannels: channels, layers: layers,
            topology: CellTopology(intermediateNodes: nodes))
    }

    /// Weights of the network derived on this plan, as `DerivedSize` counts them, of either form of genotype.
    package func derivedWeights(_ genotype: Genotype) -> Int {
        let plan = DerivedPlan(
            genotype: genotype, image: image, classes: classes, initChannels: initChannels, layers: layers)
        return NetworkCost(plan).total.parameters
    }
}
