import Configuration
import Estimation
import Formats
import Reporting
import SearchSpace
import Training

/// Puts sizes into words and JSON: what was asked, what came out.
enum BudgetText {
    /// What was not measured is left out.
    private static func sizes(_ cost: OperationCost) -> [JSONValue.Member] {
        let latency = cost[.latency]
        return [
            JSONValue.Member("parameters", .integer(cost.parameters)),
            JSONValue.Member("multiply_adds", .integer(cost.multiplyAdds)),
            JSONValue.Member("memory_access_elements", .integer(cost.memoryAccessElements)),
        ] + (latency == 0 ? [] : [JSONValue.Member("latency_ns", .integer(latency))])
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
        let latency = report.derived[.latency]
        return ", \(millions(report.derived.parameters)) parameters"
            + (latency == 0 ? "" : ", \(Nanoseconds.rounded(latency)) of latency")
            + " (multiplier \(Decimal.text(multiplier, 4)))"
    }

    private static func network(_ budget: Budget) -> String {
        let plan = budget.size.plan
        return "\(plan.initChannels) channels and \(plan.layers) cells"
    }

    /// The run's last word about size, for people who watch.
    static func brief(_ budget: Budget, _ genotype: Genotype) -> String {
        let achieved = budget.size.size(of: genotype)
        guard case .target(let target) = budget.pressure else {
            return "\(brief(achieved, .parameters))\(latency(achieved)) at \(network(budget))"
        }
        let gap = 100 * (Double(achieved[target.resource]) / target.target - 1)
        return "\(brief(achieved, target.resource)) at \(network(budget)), "
            + "\(gap < 0 ? "" : "+")\(Decimal.text(gap, 1)) % of what was asked"
    }

    private static func brief(_ size: OperationCost, _ resource: Resource) -> String {
        let amount = resource == .latency ? resource.text(size[resource]) : millions(size[resource])
        return "\(amount) \(resource.unit)"
    }

    /// Of a network whose operations were measured.
    private static func latency(_ size: OperationCost) -> String {
        size[.latency] == 0 ? "" : ", \(brief(size, .latency))"
    }

    private static func millions(_ count: Int) -> String { "\(Decimal.text(Double(count) / 1e6, 2)) M" }

    /// The run's last word about size.
    static func final(_ budget: Budget, _ genotype: Genotype) -> String {
        let achieved = budget.size.size(of: genotype)
        guard case .target(let target) = budget.pressure else {
            return "derived network at \(network(budget)): \(achieved.parameters) parameters, "
                + "\(achieved.multiplyAdds) multiply-adds, \(achieved.memoryAccessElements) elements of memory access"
                + latency(achieved)
        }
        let value = achieved[target.resource]
        let gap = 100 * (Double(value) / target.target - 1)
        let resource = target.resource
        return "derived network at \(network(budget)): asked \(resource.text(Int(target.target))), achieved "
            + "\(resource.text(value)) \(resource.unit) (\(gap < 0 ? "" : "+")\(Decimal.text(gap, 1)) %)"
    }

    /// Of a cell that need not be the most probable one of its size.
    static let doubt =
        "the cells of this space have too many different sizes to go through all: the one that is derived has the size, "
        + "and is the most probable that was found"

    /// For `genotype.json`.
    ///
    /// - Parameter table: the measured one, of which the digest is told.
    static func provenance(_ budget: Budget, _ genotype: Genotype, table: LatencyTable?) -> JSONValue {
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
        return .object(
            [
                JSONValue.Member("channels", .integer(budget.size.plan.initChannels)),
                JSONValue.Member("layers", .integer(budget.size.plan.layers)), JSONValue.Member("asked", asked),
                JSONValue.Member("achieved", .object(sizes(budget.size.size(of: genotype)))),
            ] + (table.map { [JSONValue.Member("latency_table_sha256", .string($0.digest))] } ?? []))
    }
}
