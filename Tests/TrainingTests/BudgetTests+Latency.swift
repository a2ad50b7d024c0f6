import Configuration
import Estimation
import Host
import Optimization
import Randomness
import SearchSpace
import Testing
import Training
import Wire

/// Budgets of time, by a table of latencies.
extension BudgetTests {
    /// Of the network of 12 channels and 6 cells: every operation takes 1000 ns times its stride.
    private static let latencies: LatencyTable = {
        let plan = NetworkPlan(image: image, classes: 10, initChannels: 12, layers: 6, space: .darts())
        let costs = plan.measuredEntries.map { ($0, $0.operation == .none ? 0 : 1000 * $0.place.stride) }
        return LatencyTable(
            digest: String(repeating: "0", count: 64), network: LatencyTable.MeasuredNetwork(plan), images: 1,
            threads: 1,
            costs: MeasuredCosts(.latency, fixed: 50_000, costs: Dictionary(uniqueKeysWithValues: costs)))
    }()

    @Test("Latency is priced in the network that was measured, in all three forms, whatever network is searched")
    func latencyCosts() throws {
        for form in CostForm.allCases where !form.isOfWholeNetwork {
            let costs = try [(16, 8), (8, 5)].map { channels, layers in
                try budget {
                    ($0.space.initChannels, $0.space.layers) = (channels, layers)
                    ($0.budget.targetChannels, $0.budget.targetLayers) = (12, 6)
                    ($0.budget.resource, $0.budget.form) = (.latency, form)
                    $0.budget.latencyTable = Self.latencies
                }
            }
            let plan = costs[0].size.plan
            let term = CostTerm(form, of: [.latency], in: CostTable(plan, measured: Self.latencies.costs))
            for budget in costs {
                var priced: CostTerm?
                if case .cost(let term, _, _) = budget.pressure { priced = term }
                #expect(priced == term)
            }
        }
    }

    @Test("FBNet's cost reads a measured latency in microseconds, the fixed part too")
    func microseconds() throws {
        for form in [CostForm.product, .sum] {
            let budget = try budget {
                ($0.budget.targetChannels, $0.budget.targetLayers) = (12, 6)
                ($0.budget.resource, $0.budget.form) = (.latency, form)
                $0.budget.latencyTable = Self.latencies
            }
            let sizes = budget.size.costs.map { Double($0[.latency]) / 1000 }
            #expect(sizes[.normal, 0, .sepConv3x3] == 4 && sizes[.reduce, 0, .sepConv3x3] == 4)
            let cost = LogarithmicCost(coefficient: 0.2, power: 0.6, fixed: 50, sizes: sizes)
            #expect(budget.pressure == .logarithm(cost, .reparametrization, isFactor: form == .product))
        }
    }

    @Test("A target of latency is one like the others, of the measured network, and a table of another is refused")
    func latencyTarget() throws {
        func asked(_ nanoseconds: Int, channels: Int = 12) throws -> Budget {
            try budget {
                ($0.budget.targetChannels, $0.budget.targetLayers) = (channels, 6)
                ($0.budget.targetLatency, $0.budget.latencyTable) = (nanoseconds, Self.latencies)
            }
        }
        let possible = try asked(100_000)
        var target: SizeTarget?
        if case .target(let asked) = possible.pressure { target = asked }
        #expect(target?.resource == .latency && target?.target == 100_000)
        // Four normal cells, two reductions of eight edges that halve and six that do not.
        let slowest = 50_000 + 1000 * (4 * 14 + 2 * (8 * 2 + 6))
        #expect(possible.size.bounds(.latency) == (50_000, slowest))
        #expect { try asked(slowest + 1) } throws: {
            $0.userSentence.contains("above the slowest network")
                && $0.userSentence.contains("50us (every edge none) to 150us")
        }
        #expect { try asked(49_999) } throws: { $0.userSentence.contains("below the fastest network") }
        #expect { try asked(100_000, channels: 36) } throws: { $0.userSentence.contains("of another network") }
    }
}
