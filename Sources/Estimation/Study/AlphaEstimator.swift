import SearchSpace

/// An estimator of the gradient by alpha of the children's expected loss.
package enum AlphaEstimator: Sendable, Hashable {
    /// SNAS: through the relaxed draw.
    case relaxed(temperature: Double)
    /// GDAS: the child that is drawn alone, backward through its relaxed draw.
    case oneHot(temperature: Double)
    /// DSNAS: the child that is drawn alone, each edge's score times its own credit.
    case credits
    /// REINFORCE: the child that is drawn, the score times its loss less a baseline.
    case score(Baseline)
    /// DARTS: softmax(alpha), without a draw.
    case softmax

    /// What REINFORCE compares a child's loss with.
    package enum Baseline: String, Sendable, Hashable {
        case none
        /// The exact mean of all children: what a moving average comes to where nothing changes any more.
        case mean
        /// The mean of the other children of the group.
        case leaveOneOut = "leave_one_out"
    }

    /// What a draw has computed.
    package enum Passes: Sendable, Hashable {
        /// Forward and backward through all operations.
        case all
        /// Forward and backward through one operation an edge.
        case child
        /// The same, forward alone.
        case childForward
    }

    /// In the order in which they are told.
    package static let all: [AlphaEstimator] =
        [1, 0.5, 0.1, 0.03].map(AlphaEstimator.relaxed) + [1, 0.1].map(AlphaEstimator.oneHot)
        + [.credits, .score(.none), .score(.mean), .score(.leaveOneOut), .softmax]

    /// As `--search` and the papers have it.
    package var method: String {
        switch self {
        case .relaxed: "snas"
        case .oneHot: "gdas"
        case .credits: "dsnas"
        case .score: "reinforce"
        case .softmax: "darts"
        }
    }

    /// Of the relaxed draw; nil where there is none.
    package var temperature: Double? {
        switch self {
        case .relaxed(let temperature), .oneHot(let temperature): temperature
        default: nil
        }
    }

    /// Of REINFORCE; nil of the others.
    package var baseline: Baseline? { if case .score(let baseline) = self { baseline } else { nil } }

    package var passes: Passes {
        switch self {
        case .relaxed, .softmax: .all
        case .oneHot, .credits: .child
        case .score: .childForward
        }
    }
}

/// Multiply-adds of a network's pass forward over one image.
package struct PassCost: Sendable, Equatable {
    /// Of all operations.
    package let all: Double
    /// Of the mean child that softmax(alpha) draws.
    package let child: Double

    package init(all: Double, child: Double) {
        self.all = all
        self.child = child
    }

    /// Of a draw, for each image.
    package func multiplyAdds(_ passes: AlphaEstimator.Passes) -> Double {
        switch passes {
        case .all: NetworkWork.forwardsOfGradient * all
        case .child: NetworkWork.forwardsOfGradient * child
        case .childForward: child
        }
    }
}
