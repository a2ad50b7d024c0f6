/// What a network may be kept small in. The raw values are the names that settings and files use.
///
/// Another resource is a case, and either a count in `OperationCost` or a table (`MeasuredCosts`).
package enum Resource: String, Sendable, Hashable, CaseIterable {
    case parameters
    /// Multiply-adds for one image.
    case flops
    /// Elements read and written for one image.
    case memory
    /// Nanoseconds of a pass forward, as a machine was measured: no layer tells them.
    case latency

    /// Those that follow from an operation's layers, on every machine alike.
    package static let counted: [Resource] = [.parameters, .flops, .memory]

    /// For sentences, behind an amount as `text` gives it.
    package var unit: String {
        switch self {
        case .parameters: "parameters"
        case .flops: "multiply-adds"
        case .memory: "elements of memory access"
        case .latency: "of latency"
        }
    }

    /// An amount, for sentences: a bare number of what is counted, a time with its unit.
    package func text(_ amount: Int) -> String { self == .latency ? Nanoseconds.rounded(amount) : "\(amount)" }
}

/// How the costs of the operations become one number (`CostTerm` has the formulas).
package enum CostForm: String, Sendable, Hashable, CaseIterable {
    case linear
    /// The logarithm of each edge's cost.
    case log
    /// The share of the dearest network of the kind.
    case normalised
    /// The loss times a (ln size)^b, the size being the whole network's (FBNet).
    case product
    /// The loss plus the same.
    case sum

    /// Whether it is one number of the whole network, and not a sum over edges.
    package var isOfWholeNetwork: Bool { self == .product || self == .sum }
}

/// How the gradient of the expected cost is estimated, by the official code's names of `--method`.
package enum CostMethod: String, Sendable, Hashable, CaseIterable {
    /// Through the very sample that the networks saw.
    case reparametrization
    /// The expectation under softmax(alpha) itself.
    case discrete
    /// The score of the sample times its cost, less a baseline.
    case policyGradient = "policy_gradient"
}
