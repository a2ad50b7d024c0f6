import Configuration
import Formats
import RunStore
import SearchSpace
import Testing
import Tools

/// Two runs side by side, of values made up here: settings, journals, metrics, cells.
@Suite
struct StepDifferenceTests {
    private func journal(_ digests: [(Int, String?, String?)]) -> JournalledSteps {
        JournalledSteps(digests.map { .init(number: $0.0, alpha: $0.1, weights: $0.2) })
    }

    @Test(
        "Journals that agree part nowhere, however much longer one is; without a common step nothing is said to agree")
    func agreeing() {
        let long = journal([(0, "a", "u"), (1, "b", "v"), (2, "c", "w")])
        let short = journal([(0, "a", "u"), (1, "b", "v")])
        let difference = StepDifference(Both(long, short))
        #expect(difference.parting == nil && difference.agreeing == 2 && difference.lastAgreeing == 1)
        #expect(difference.counts == Both(3, 2) && difference.missing == 0)
        let none = StepDifference(Both(long, journal([])))
        #expect(none.agreeing == 0 && none.lastAgreeing == nil && none.parting == nil)
    }

    @Test(
        "The first step that parts is found, with what parted: alpha, the weights or both; later ones say nothing",
        arguments: [
            ("x", "v", true, false), ("b", "x", false, true), ("x", "x", true, true),
        ])
    func parting(alpha: String, weights: String, isAlphaOther: Bool, areWeightsOther: Bool) throws {
        let first = journal([(0, "a", "u"), (1, "b", "v"), (2, "c", "w")])
        let second = journal([(0, "a", "u"), (1, alpha, weights), (2, "z", "z")])
        let parting = try #require(StepDifference(Both(first, second)).parting)
        #expect(parting.step == 1 && parting.isAlphaOther == isAlphaOther)
        #expect(parting.areWeightsOther == areWeightsOther)
    }

    @Test("Steps that one journal does not tell are passed over and counted, also before the first and from far away")
    func missing() {
        let first = journal([(0, nil, "u"), (1, nil, "v"), (4, nil, "x"), (5, nil, "y")])
        let second = journal([(1, nil, "v"), (2, nil, "w"), (5, nil, "z")])
        let difference = StepDifference(Both(first, second))
        #expect(difference.parting?.step == 5 && difference.agreeing == 1 && difference.lastAgreeing == 1)
        #expect(difference.missing == 4 && difference.firstMissing == 0, "steps 0, 2, 3 and 4")
        let far = 1 << 52
        let apart = StepDifference(Both(journal([(far, nil, "u")]), journal([(far, nil, "u")])))
        #expect(apart.missing == far && apart.agreeing == 1)
    }

    @Test("Of digests that only one journal tells nothing is said: format 1 has alpha alone")
    func untold() throws {
        let early = journal([(0, "a", nil), (1, "b", nil), (2, "c", nil)])
        let later = journal([(0, "a", "u"), (1, nil, "v"), (2, "x", "w")])
        let difference = StepDifference(Both(early, later))
        #expect(difference.agreeing == 1 && difference.missing == 1 && difference.firstMissing == 1)
        let parting = try #require(difference.parting)
        #expect(parting.step == 2 && parting.isAlphaOther == true && parting.areWeightsOther == nil)
    }

    @Test(
        "Settings that differ are told in the table's order with origins, and with the most that they change of either run"
    )
    func settings() throws {
        var first = SearchConfiguration()
        var second = first
        second.training.learningRateMin = 0.5
        second.run.reportFreq = 7
        first.method.search = .darts
        second.temperature.start = 3
        let told = SettingDifference.all(
            Both(first, second), origins: Both(["method.search": "flag"], ["run.report_freq": "--set"]))
        #expect(
            told.map(\.key) == ["method.search", "training.learning_rate_min", "temperature.temp", "run.report_freq"])
        #expect(told.map(\.bearing) == [.steps, .steps, .steps, .nothing], "the second draws by the temperature")
        #expect(told[0].values == Both("darts", "snas") && told[0].origins == Both("flag", "-"))
        #expect(told[3].values.second == "7" && told[3].origins.second == "--set")
        second.method.search = .darts
        let both = SettingDifference.all(Both(first, second), origins: Both([:], [:]))
        #expect(both.first { $0.key == "temperature.temp" }?.bearing == .nothing, "neither draws")
    }

    @Test("Metrics of the step that parts and of the one before stand side by side; what no line has is left out")
    func figures() throws {
        func line(_ text: String) throws -> JSONValue { try JSONValue.parse(Array(text.utf8), source: "line") }
        let before = try line("{\"epoch\":0,\"loss\":2.5,\"temperature\":null,\"skipped\":false}")
        let own = try line("{\"epoch\":1,\"loss\":2.25,\"learning_rate\":0.5,\"skipped\":false}")
        let other = try line("{\"epoch\":1,\"loss\":2.25,\"learning_rate\":0.25,\"skipped\":true}")
        let table = FigureTable(at: 3, Both([2: before, 3: own], [3: other]))
        #expect(table.step == 3 && table.epoch == 1)
        #expect(table.rows.map(\.name) == ["loss", "learning_rate", "skipped"])
        #expect(table.rows[0].before == Both(.number(2.5), nil))
        #expect(table.rows[0].parting == Both(.number(2.25), .number(2.25)))
        #expect(table.rows[1].parting == Both(.number(0.5), .number(0.25)))
        #expect(FigureTable(at: 0, Both([:], [:])).rows.isEmpty)
    }

    @Test(
        "Edges with other operations are told with both probabilities under each run's alpha; edges of one cell alone too"
    )
    func cells() throws {
        let space = SearchSpace.darts(nodes: 1)
        let own = space.uniform(.sepConv3x3)
        var other = own
        other.reduce[1] = .init(operation: .maxPool3x3, from: 1, to: 2)
        other.normal.removeLast()
        var alpha = EdgeTable<Double>(space.shape, repeating: 0.1)
        alpha[.reduce, 1, .sepConv3x3] = 0.5
        alpha[.reduce, 1, .maxPool3x3] = 0.25
        let told = CellDifference(Both(own, other), probabilities: Both(alpha, nil), spaces: Both(space, space))
        #expect(told.count == 4 && told.edges.count == 2)
        #expect(told.edges[0].kind == .normal && told.edges[0].operations == Both("sep_conv_3x3", "-"))
        #expect(told.edges[0].probabilities == Both(.init(own: 0.1, others: nil), nil))
        let edge = told.edges[1]
        #expect(edge.kind == .reduce && edge.from == 1 && edge.to == 2)
        #expect(edge.operations == Both("sep_conv_3x3", "max_pool_3x3"))
        #expect(edge.probabilities == Both(.init(own: 0.5, others: 0.25), nil))
        #expect(CellDifference(Both(own, own), spaces: Both(space, space)).edges.isEmpty)
    }
}
