package import Configuration
package import SearchSpace

/// What one image's pass through a run's network cannot help computing and moving.
///
/// Counted is the whole network: every convolution and linear layer, stem, preprocessings, auxiliary head and classifier included, with the
/// channels that the network has, however wide a kernel pads them. ReLUs, norms, pools and sums count nothing, though they take time.
package struct PassWork {
    /// Of a forward pass.
    package let multiplyAdds: Double
    /// Of a pass forward and backward; nil of a derived network, whose kept operations decide what passes through memory.
    package let planeBytes: Double?

    /// - Parameter configuration: a search's, or with a genotype a retraining's.
    package init(_ configuration: SearchConfiguration, image: ImageShape, classes: Int) {
        if let plan = configuration.derivedPlan(image: image, classes: classes) {
            let cost = NetworkCost(plan)
            let auxiliary = plan.hasAuxiliary ? cost.auxiliary?.multiplyAdds ?? 0 : 0
            multiplyAdds = Double(cost.total.multiplyAdds + auxiliary)
            planeBytes = nil
            return
        }
        let plan = configuration.plan(image: image, classes: classes)
        let isOneHot = configuration.method.isOneHot
        multiplyAdds = Self.multiplyAdds(plan, isOneHot: isOneHot)
        planeBytes = Self.planeBytes(plan, isOneHot: isOneHot)
    }

    /// Where a shard computes one operation an edge, all are equally likely.
    private static func share(_ candidates: Int, isOneHot: Bool) -> Double { isOneHot ? 1 / Double(candidates) : 1 }

    /// Pools cost nothing here, though the papers' tables count nine for each element that they write: they are no multiply-adds.
    private static func multiplyAdds(_ plan: NetworkPlan, isOneHot: Bool) -> Double {
        let all = plan.allLayers.reduce(0) { $0 + $1.cost.multiplyAdds }
        guard isOneHot else { return Double(all) }
        return plan.cells.reduce(Double(all)) { left, cell in
            plan.space.topology(cell.kind).edges.reduce(left) { left, edge in
                let candidates = plan.space.candidates(cell.kind, edge)
                let sum = candidates.reduce(0) { sum, operation in
                    let layers = cell.layers(of: operation, from: edge.from, in: cell.candidateSetting, named: "")
                    return sum + layers.reduce(0) { $0 + $1.cost.multiplyAdds }
                }
                return left - Double(sum) * (1 - share(candidates.count, isOneHot: isOneHot))
            }
        }
    }

    /// Every raw output of a batch norm is written once, and read by the mixed operation, by the credits and by its own gradient; the
    /// first halves of separable convolutions once more. Skips that halve a map are left out, as if they were identities.
    private static func planeBytes(_ plan: NetworkPlan, isOneHot: Bool) -> Double {
        plan.cells.reduce(0) { sum, cell in
            let plane = cell.outputHeight * cell.outputWidth * cell.channels * MemoryLayout<Float>.size
            let passes = plan.space.topology(cell.kind).edges.reduce(0.0) { sum, edge in
                let candidates = plan.space.candidates(cell.kind, edge)
                let all = candidates.reduce(0) { sum, operation in
                    let chain = operation.chain(channels: cell.channels, stride: 1, in: .mixedOperation)
                    let norms = chain?.batchNormNames.count ?? 0
                    return sum + (norms == 0 ? 0 : 3 + norms)
                }
                return sum + Double(all) * share(candidates.count, isOneHot: isOneHot)
            }
            return sum + passes * Double(plane)
        }
    }
}
