package import Configuration
package import Estimation
import Host
package import SearchSpace

/// What a run does about the size of the network that is derived from it, resolved for its images.
package struct Budget: Sendable, Equatable {
    /// What presses on the size of the derived network while alpha is stepped.
    package enum Pressure: Sendable, Equatable {
        case none
        /// `coefficient` times the cost is added to the loss.
        case cost(CostTerm, CostMethod, coefficient: Double)
        /// A cost of the whole network is added to the loss, or is a factor of it.
        case logarithm(LogarithmicCost, CostMethod, isFactor: Bool)
        case target(SizeTarget)
    }

    /// The network that the budget speaks of.
    package let size: DerivedSize
    /// Nothing, a cost or a target: never two of them.
    package let pressure: Pressure
    /// What a child's size counts in a policy's reward; then the target is the reward's, and nothing else presses.
    package let reward: SizeReward?

    /// Linear and log forms price the super-network that is searched, as the official code does. The normalised form prices the
    /// network that the budget speaks of, so that one coefficient asks for the same cell whatever network it is searched with; so
    /// does every form of a measured resource.
    ///
    /// - Throws: `UserError`: configuration for a target that no network has and for a table of another network, data for a table
    ///   with holes.
    package init(_ configuration: SearchConfiguration, image: ImageShape, classes: Int) throws {
        let section = configuration.budget
        let searched = configuration.plan(image: image, classes: classes)
        let spoken = section.plan(image: image, classes: classes, space: searched.space)
        size = try section.size(of: spoken)
        reward = Self.reward(configuration, size)
        if reward != nil {
            pressure = .none
        } else if section.resource != .none, section.form.isOfWholeNetwork {
            pressure = Self.logarithm(section, size)
        } else if let target = section.targets.first {
            pressure = .target(SizeTarget(Double(target.value), of: target.resource, size: size))
        } else if let parameters = section.constraint.parameters(of: size) {
            pressure = .target(SizeTarget(Double(parameters), of: .parameters, size: size))
        } else if section.resource != .none {
            // A measured table is of the network that the budget speaks of, whatever is searched.
            let isSpoken = section.form == .normalised || section.resource == .latency
            let table = isSpoken ? CostTable(spoken, measured: section.latencyTable?.costs) : CostTable(searched)
            let term = CostTerm(section.form, of: section.resource.resources, in: table, ratio: section.ratio)
            pressure = .cost(term, section.method, coefficient: section.effectiveLambda)
        } else {
            pressure = .none
        }
    }
}

extension Budget {
    private static func reward(_ configuration: SearchConfiguration, _ size: DerivedSize) -> SizeReward? {
        let shape: RewardShape
        switch configuration.policy.reward {
        case .accuracy: return nil
        case .soft: shape = .soft
        case .hard: shape = .hard
        }
        return configuration.budget.targets.first.map {
            SizeReward(shape, target: Double($0.value), of: $0.resource, size: size)
        }
    }

    private static func logarithm(_ section: SearchConfiguration.Budget, _ size: DerivedSize) -> Pressure {
        guard let resource = section.resource.resources.first else { preconditionFailure("a cost of nothing") }
        // FBNet's latencies are microseconds.
        let unit = resource == .latency ? 1000.0 : 1
        let cost = LogarithmicCost(
            coefficient: section.effectiveLambda, power: section.power, fixed: Double(size.fixed[resource]) / unit,
            sizes: size.values(resource).map { $0 / unit })
        return .logarithm(cost, section.method, isFactor: section.form == .product)
    }

    /// What a new run says of a size that no cell has.
    package var surprise: String? {
        guard case .target(let target) = pressure, !target.isWithinTolerance else { return nil }
        let percent = Int((100 * SizeTarget.tolerance).rounded())
        let text = target.resource.text
        return
            "no cell's network has within \(percent) % of the \(text(Int(target.target))) \(target.resource.unit) that are asked "
            + "for: the nearest has \(text(target.sizes.lowerBound)), and the cell that is found will have as many"
    }
}

/// How large the derived network stands to be, and what presses on it.
package struct BudgetReport: Sendable, Equatable {
    /// C of the step's samples, their mean, before the coefficient; nil without a coefficient.
    package let cost: Double?
    /// The coefficient, or the target's multiplier; nil without a constraint.
    package let multiplier: Double?
    /// Of the network at the budget's channels and cells, by the alpha that the report is of.
    package let derived: OperationCost
}
