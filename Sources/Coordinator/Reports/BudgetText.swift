import Estimation
import Formats
import Reporting
import SearchSpace
import Training

/// Puts sizes into words and JSON: what was asked, what came out.
enum BudgetText {
    private static func sizes(_ cost: OperationCost) -> KeyValuePairs<String, JSONValue> {
        [
            "parameters": .integer(cost.parameters), "multiply_adds": .integer(cost.multiplyAdds),
            "memory_access_elements": .integer(cost.memoryAccessElements),
        ]
    }

    /// For a line of the metrics.
    static func json(_ report: BudgetReport?) -> JSONValue {
        guard let report else { return .null }
        return .object([
            "cost": report.cost.map { .number($0) } ?? .null,
            "multiplier": report.multiplier.map { .number($0) } ?? .null, "derived": .object(sizes(report.derived)),
        ])
    }

    /// For the end of an epoch's line; nothing without a constraint.
    static func epoch(_ report: BudgetReport?) -> String {
        guard let report, let multiplier = report.multiplier else { return "" }
        return ", \(Decimal.text(Double(report.derived.parameters) / 1e6, 2)) M parameters (multiplier "
            + "\(Decimal.text(multiplier, 4)))"
    }

    private static func network(_ budget: Budget) -> String {
        let plan = budget.size.plan
        return "\(plan.initChannels) channels and \(plan.layers) cells"
    }

    /// The run's last word about size, for people who watch.
    static func brief(_ budget: Budget, _ genotype: Genotype) -> String {
        let achieved = budget.size.size(of: genotype)
        guard case .target(let target) = budget.pressure else {
            return "\(millions(achieved.parameters)) parameters at \(network(budget))"
        }
        let gap = 100 * (Double(achieved[target.resource]) / target.target - 1)
        return "\(millions(achieved[target.resource])) \(target.resource.unit) at \(network(budget)), "
            + "\(gap < 0 ? "" : "+")\(Decimal.text(gap, 1)) % of what was asked"
    }

    private static func millions(_ count: Int) -> String { "\(Decimal.text(Double(count) / 1e6, 2)) M" }

    /// The run's last word about size.
    static func final(_ budget: Budget, _ genotype: Genotype) -> String {
        let achieved = budget.size.size(of: genotype)
        guard case .target(let target) = budget.pressure else {
            return "derived network at \(network(budget)): \(achieved.parameters) parameters, "
                + "\(achieved.multiplyAdds) multiply-adds, \(achieved.memoryAccessElements) elements of memory access"
        }
        let value = achieved[target.resource]
        let gap = 100 * (Double(value) / target.target - 1)
        return "derived network at \(network(budget)): asked \(Int(target.target)), achieved \(value) "
            + "\(target.resource.unit) (\(gap < 0 ? "" : "+")\(Decimal.text(gap, 1)) %)"
    }

    /// For `genotype.json`.
    static func provenance(_ budget: Budget, _ genotype: Genotype) -> JSONValue {
        var asked = JSONValue.null
        switch budget.pressure {
        case .none:
            if let reward = budget.reward {
                asked = .object(["reward": .object([reward.resource.rawValue: .integer(Int(reward.target))])])
            }
        case .cost(let term, let method, let coefficient):
            asked = .object([
                "form": .string(term.form.rawValue), "method": .string(method.rawValue),
                "coefficient": .number(coefficient),
            ])
        case .logarithm(let cost, let method, let isFactor):
            asked = .object([
                "form": .string((isFactor ? CostForm.product : .sum).rawValue), "method": .string(method.rawValue),
                "coefficient": .number(cost.coefficient),
            ])
        case .target(let target):
            asked = .object([target.resource.rawValue: .integer(Int(target.target))])
        }
        return .object([
            "channels": .integer(budget.size.plan.initChannels), "layers": .integer(budget.size.plan.layers),
            "asked": asked, "achieved": .object(sizes(budget.size.size(of: genotype))),
        ])
    }
}
