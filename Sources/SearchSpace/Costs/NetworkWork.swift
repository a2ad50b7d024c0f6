/// How much work a super-network is for one image forward: multiply-adds of convolutions and classifier, as the papers count a
/// network, of all operations or of those that are computed.
package struct NetworkWork: Sendable, Equatable {
    /// Forwards that a pass forward and backward counts for: backward computes the gradients by inputs and by weights, each about as
    /// much work as forward.
    package static let forwardsOfGradient = 3.0

    private let fixed: Double
    private let costs: EdgeTable<Double>

    /// - Parameter plan: of the super-network.
    package init(_ plan: NetworkPlan) {
        let size = DerivedSize(plan)
        fixed = Double(size.fixed[.flops])
        costs = size.values(.flops)
    }

    package var ofAllOperations: Double { costs.entries.reduce(fixed, +) }

    /// Of one operation an edge, each as likely as the others.
    package var ofMeanChild: Double {
        ofMeanChild(EdgeTable(costs.shape, repeating: 0.0).softmax())
    }

    /// Of one operation an edge, drawn by these probabilities.
    package func ofMeanChild(_ probabilities: EdgeTable<Double>) -> Double {
        zip(probabilities.entries, costs.entries).reduce(fixed) { $0 + $1.0 * $1.1 }
    }

    /// Of the operations that a mixture gives any weight.
    package func of(_ mixture: EdgeTable<Float>) -> Double {
        zip(mixture.entries, costs.entries).reduce(fixed) { $0 + ($1.0 == 0 ? 0 : $1.1) }
    }

    /// Edges and their candidates.
    package var shape: EdgeTableShape { costs.shape }
}
