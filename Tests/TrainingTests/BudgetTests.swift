import Configuration
import Estimation
import Host
import Optimization
import Randomness
import SearchSpace
import Testing
import Training
import Wire

@Suite
struct BudgetTests {
    static let image = ImageShape(channels: 3, height: 32, width: 32)

    func budget(_ change: (inout SearchConfiguration) -> Void) throws -> Budget {
        var configuration = SearchConfiguration()
        change(&configuration)
        return try Budget(configuration, image: Self.image, classes: 10)
    }

    func steps(_ reports: [RunReport]) -> [StepReport] {
        reports.compactMap { if case .step(let report) = $0 { report } else { nil } }
    }

    @Test(
        "A coefficient adds its cost's gradient, by each estimator, drawn from the shards' own keys",
        arguments: CostMethod.allCases)
    func coefficient(method: CostMethod) throws {
        var search = MadeUpSearch(withBudget: true) {
            $0.budget.resource = .mixed
            $0.budget.form = .log
            $0.budget.method = method
            $0.budget.lambda = 0.25
        }
        let alpha = search.run.state.alpha
        let next = search.run.nextRound()
        let job = try #require(next).job
        let term = CostTerm(
            .log, of: Resource.counted,
            in: CostTable(
                search.run.plan.configuration.plan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 10)))
        let estimates = (0..<2).map { shard in
            let sample = GumbelSoftmax.sample(
                alpha: alpha, temperature: search.run.plan.configuration.temperature.start,
                seed: UInt64(search.run.plan.configuration.run.seed),
                purpose: .gumbel, step: job.step, shard: UInt32(shard))
            return switch method {
            case .reparametrization: CostEstimator.reparametrised(term, sample)
            case .discrete: CostEstimator.expected(term, alpha)
            case .policyGradient: CostEstimator.policyGradient(term, sample, alpha)
            }
        }
        let gradient = (0..<job.table.count).map { entry in
            (0..<2).reduce(0.0) {
                $0
                    + (Double(search.alphaGradient(job, shard: $1)[entry]) + 0.25
                        * estimates[$1].gradient.entries[entry]) / 2
            }
        }
        let reports = search.advance() ?? []
        let report = try #require(steps(reports).first)
        let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(abs((report.search?.alphaGradientNorm ?? 0) - norm) < 1e-5 * norm)
        let cost = try #require(report.search?.budget?.cost)
        #expect(abs(cost - (estimates[0].value + estimates[1].value) / 2) < 1e-4 * cost)
        #expect(report.search?.budget?.multiplier == 0.25)
        // Adam's first step goes by the sign: where cost and loss disagree, the sum's.
        for (entry, value) in gradient.enumerated() where abs(value) > 0.01 {
            #expect((search.run.state.alpha.entries[entry] < alpha.entries[entry]) == (value > 0))
        }
    }

    @Test("Without a constraint a budget only looks: every bit of the state is as if there were none")
    func off() {
        var (with, without) = (MadeUpSearch(withBudget: true), MadeUpSearch())
        let told = steps(with.finish())
        _ = without.finish()
        #expect(with.run.state == without.run.state)
        #expect(told.allSatisfy { $0.search?.budget?.cost == nil && $0.search?.budget?.multiplier == nil })
        #expect(told.allSatisfy { ($0.search?.budget?.derived.parameters ?? 0) >= 1_368_190 })
    }

    @Test("A run with a target goes on from any checkpoint with its multiplier, to the same bits")
    func resumes() throws {
        func make() -> MadeUpSearch { MadeUpSearch(withBudget: true) { $0.budget.targetParameters = 2_300_000 } }
        var reference = make()
        let whole = steps(reference.finish())
        #expect(Set(whole.compactMap { $0.search?.budget?.multiplier }).count == 9, "the multiplier moves")
        for stop in 1..<9 {
            var first = make()
            while first.run.state.step < stop { _ = first.advance() }
            let files = first.run.state.checkpointFiles(runIdentity: "r", configuration: "c")
            var second = make()
            var state = second.run.state
            try state.restore(tensors: files[0].bytes, counters: files[1].bytes, source: "checkpoint")
            #expect(
                state.searched.targetMultiplier == first.run.state.searched.targetMultiplier
                    && state.searched.targetMultiplier != 0)
            second.run.resume(from: state)
            _ = second.finish()
            #expect(second.run.state == reference.run.state, "stopped after step \(stop)")
        }
    }

    @Test("Whenever a run with a target tells its cell, it has the size within 2 %, from the first step on")
    func achieved() {
        for average in [0.0, 0.5] {
            var search = MadeUpSearch(withBudget: true) {
                $0.budget.targetParameters = 2_300_000
                $0.architecture.alphaAverage = average
            }
            let reports = search.finish()
            let told = reports.compactMap { report -> OperationCost? in
                switch report {
                case .step(let step): step.search?.budget?.derived
                case .epoch(let epoch): epoch.search?.budget?.derived
                }
            }
            #expect(told.count == 12 && told.allSatisfy { abs(Double($0.parameters) / 2_300_000 - 1) <= 0.02 })
        }
    }

    @Test("A skipped step leaves the multiplier alone")
    func skipped() {
        var search = MadeUpSearch(withBudget: true) { $0.budget.targetParameters = 2_300_000 }
        _ = search.advance()
        let before = search.run.state.searched.targetMultiplier
        _ = search.advance { total, _ in total[0] = .nan }
        #expect(search.run.state.searched.targetMultiplier == before && search.run.state.skippedSteps == 1)
    }

    @Test(
        "The normalised form and the presets ask for the same of every searched network; the official forms price the searched one"
    )
    func sameCoefficient() throws {
        func pressures(_ change: (inout SearchConfiguration) -> Void) throws -> [Budget.Pressure] {
            try [(16, 8), (36, 20), (8, 5)].map { channels, layers in
                try budget {
                    $0.space.initChannels = channels
                    $0.space.layers = layers
                    change(&$0)
                }.pressure
            }
        }
        let normalised = try pressures { $0.budget.resource = .mixed }
        #expect(normalised[1] == normalised[0] && normalised[2] == normalised[0])
        let preset = try pressures { $0.budget.constraint = .moderate }
        let target = try pressures { $0.budget.targetParameters = 2_800_000 }
        #expect(preset == target && preset[1] == preset[0] && preset[2] == preset[0])
        let linear = try pressures {
            $0.budget.resource = .mixed
            $0.budget.form = .linear
        }
        #expect(linear[1] != linear[0] && linear[2] != linear[0])
    }

    @Test(
        "Presets ask for the published sizes, and on another network for the same share of what its operations can add")
    func presets() throws {
        func asked(_ constraint: SearchConfiguration.Budget.Constraint, channels: Int = 36) throws -> Double? {
            let pressure = try budget {
                $0.budget.constraint = constraint
                $0.budget.targetChannels = channels
            }.pressure
            if case .target(let target) = pressure { return target.target }
            return nil
        }
        #expect(try asked(.none) == nil)
        #expect(try asked(.mild) == 2_900_000)
        #expect(try asked(.moderate) == 2_800_000)
        #expect(try asked(.aggressive) == 2_300_000)
        // (2.8 M - 1,370,134) / (7,974,550 - 1,370,134) of the way from the smallest to the largest network of 16 channels.
        let own = try budget { $0.budget.targetChannels = 16 }.size.bounds(.parameters)
        let share = Double(2_800_000 - 1_370_134) / Double(7_974_550 - 1_370_134)
        let small = try #require(try asked(.moderate, channels: 16))
        #expect(abs(small - Double(own.smallest) - share * Double(own.largest - own.smallest)) <= 0.5)
        #expect(own.largest < 2_800_000)
    }

    @Test("A target that no network has is refused with what is possible")
    func impossibleTargets() throws {
        func sentence(_ change: (inout SearchConfiguration) -> Void) -> String {
            do {
                _ = try budget(change)
                return ""
            } catch { return (error as? UserError).map { "\($0.exitCode) \($0.sentence)" } ?? "\(error)" }
        }
        let small = sentence { $0.budget.targetParameters = 1_000_000 }
        #expect(
            small.contains(
                "configuration target_params 1000000 is below the smallest network at 36 channels and 20 cells"))
        #expect(small.contains("possible are 1370134 (every edge none) to 7974550 parameters"))
        #expect(sentence { $0.budget.targetParameters = 8_000_000 }.contains("above the largest"))
        #expect(sentence { $0.budget.targetFlops = 1000 }.contains("multiply-adds"))
        #expect(sentence { $0.budget.targetMemory = 1000 }.contains("elements of memory access"))
        #expect(
            sentence {
                $0.budget.targetParameters = 1_000_000
                $0.budget.targetChannels = 16
            } == "", "at 16 channels a million is possible")
    }

    @Test("A target that no cell meets within 2 % is told at the start, with the nearest size; one that is met is not")
    func gaps() throws {
        func budget(_ target: Int? = nil) throws -> Budget {
            try self.budget {
                $0.space.cells.nodes = 1
                $0.space.cells.operations = [.none, .sepConv5x5]
                $0.budget.targetParameters = target
            }
        }
        let size = try budget().size
        let (smallest, largest) = size.bounds(.parameters)
        let cheapest = size.costs.entries.map { $0[.parameters] }.filter { $0 > 0 }.min() ?? 0
        // With all four edges or none: nothing lies between the largest cell and the one that lacks its cheapest edge.
        let asked = largest - Int(0.45 * Double(cheapest))
        try #require(Double(largest) > 1.02 * Double(asked))
        #expect(try budget(largest).surprise == nil && budget(smallest).surprise == nil && budget().surprise == nil)
        let told = try #require(try budget(asked).surprise)
        #expect(told.contains("no cell's network has within 2 % of the \(asked) parameters that are asked for"))
        #expect(told.contains("the nearest has \(largest), and"))
    }
}
