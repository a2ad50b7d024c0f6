/// The exact size of every network that can be derived on one plan: a fixed part, and for each entry of the alpha tables
/// what it adds when it is chosen. A size is linear in the choices, so its expectation under softmax(alpha) is exact too.
///
/// It counts as papers count a network: affine batch norms in preprocessing and convolutions, none in pools (SNAS keeps one
/// there: 2 C more for each pool), multiply-adds of convolutions and the classifier only, no auxiliary head. DARTS_V2 at 36
/// channels and 20 cells has 3,349,342 parameters, all edges `none` leave 1,370,134.
package struct DerivedSize: Sendable, Equatable {
    /// Channels, cells, images and space of the networks whose size is told.
    package let plan: NetworkPlan
    /// Stem, preprocessing and classifier.
    package let fixed: OperationCost
    /// What an operation on an edge adds to the size, summed over all cells of the kind.
    package let costs: EdgeTable<OperationCost>

    /// - Parameters:
    ///   - plan: of the network that sizes are told of; it need not be the one that is searched.
    ///   - measured: what no layer tells, of this plan.
    package init(_ plan: NetworkPlan, measured: MeasuredCosts? = nil) {
        self.plan = plan
        let groups = CostTable.groups(plan) { operation, edge, cell in
            Self.cost(of: operation, edge, cell)
                .adding(measured, of: operation, at: OperationPlace(from: edge.from, in: cell))
        }
        costs = CostTable.totals(of: groups, plan.space.shape)
        var fixed = OperationCost(NetworkCost(plan.derived(plan.space.uniform(.none))).total)
        if let measured { fixed[measured.resource] += measured.fixed }
        self.fixed = fixed
    }

    private static func cost(of operation: Operation, _ edge: Edge, _ cell: CellPlan) -> OperationCost {
        OperationCost(
            LayerCost.sum(
                cell.layers(
                    of: operation, from: edge.from, in: .derivedNetwork(poolsHaveBatchNorm: false), named: "")))
    }

    // MARK: Sizes

    /// Of the network that keeps these operations, one an edge, kind after kind.
    package func size(of operations: [Operation]) -> OperationCost {
        size(of: plan.space.genotype(operations: operations))
    }

    /// Of the network that is derived from alpha: the most probable operation of every edge.
    package func size(of alpha: EdgeTable<Float>) -> OperationCost { size(of: alpha.mostProbable()) }

    /// Of the network of a genotype of the space; an edge that it does not name is `none`.
    package func size(of genotype: Genotype) -> OperationCost {
        plan.space.kinds.reduce(fixed) { sum, kind in
            let edges = plan.space.topology(kind).edges
            return genotype[kind].reduce(sum) { sum, choice in
                guard let edge = edges.first(where: { $0.from == choice.from && $0.to == choice.to })
                else { preconditionFailure("an edge of another space") }
                return sum + costs[kind, edge.index, choice.operation]
            }
        }
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
    /// The network in which the papers tell the size of a CIFAR cell: 36 channels and 20 cells, or NAS-Bench-201's 16 and 15.
    package static func target(_ space: SearchSpace) -> NetworkPlan {
        let (channels, layers) = space.skeleton.published
        return NetworkPlan(
            image: ImageShape(channels: 3, height: 32, width: 32), classes: 10, initChannels: channels, layers: layers,
            space: space)
    }

    /// Weights of the network derived on this plan, as `DerivedSize` counts them, of either form of genotype.
    package func derivedWeights(_ genotype: Genotype) -> Int { NetworkCost(derived(genotype)).total.parameters }

    /// The network of a genotype in this plan's sizes, its pools without batch norm.
    func derived(_ genotype: Genotype) -> DerivedPlan {
        DerivedPlan(
            genotype: genotype, image: image, classes: classes, initChannels: initChannels, layers: layers,
            form: genotype.form)
    }
}

extension OperationCost {
    /// As papers count a network.
    fileprivate init(_ cost: LayerCost) {
        self.init(
            parameters: cost.parameters, multiplyAdds: cost.multiplyAdds,
            memoryAccessElements: cost.memoryAccessElements)
    }
}
