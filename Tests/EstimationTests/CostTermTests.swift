import Estimation
import Randomness
import SearchSpace
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite
struct CostTermTests {
    static let terms: [NamedTerm] = CostForm.allCases.filter { !$0.isOfWholeNetwork }.flatMap { form in
        [[.parameters], [.flops], [.memory], Resource.counted].map { NamedTerm(form, $0) }
    }

    @Test("Linear and log forms of the 16-channel, 8-cell network have the official magnitudes")
    func magnitudes() {
        let linear = CostTerm(.linear, of: Resource.counted, in: table(16, 8))
        let log = CostTerm(.log, of: Resource.counted, in: table(16, 8))
        let known: [(Operation, linear: Double, log: Double)] = [
            (.none, 0, 0), (.maxPool3x3, 2737, 194.39), (.skipConnect, 21_296, 146.73), (.dilConv3x3, 67_370, 286.61),
            (.dilConv5x5, 84_269, 292.47), (.sepConv3x3, 134_105, 305.44), (.sepConv5x5, 167_903, 311.31),
        ]
        for (operation, linearValue, logValue) in known {
            #expect(abs(value(linear, every(operation)) - linearValue) < 0.6, "\(operation)")
            #expect(abs(value(log, every(operation)) - logValue) < 0.006, "\(operation)")
        }
        let uniform = [Double](repeating: 0.125, count: entryCount)
        #expect(abs(value(linear, uniform) - 60_052) < 0.6 && abs(value(log, uniform) - 284.85) < 0.006)
    }

    @Test(
        "A single linear resource costs its bare number: 1.16, 9,302 and 233 times its share of the mixture",
        arguments: [
            (Resource.parameters, 1 / 0.86), (.flops, 4000 / 0.43), (.memory, 100 / 0.43),
        ])
    func single(resource: Resource, factor: Double) {
        let costs = table(16, 8)
        let z = softmax(alpha().entries.map(Double.init))
        // By hand: the mean over the cells of a kind.
        let raw = CellKind.allCases.enumerated().reduce(0.0) { sum, kind in
            let totals = Array(costs.totals[kind.element])
            return sum
                + totals.indices.reduce(0.0) {
                    $0 + z[kind.offset * 112 + $1] * Double(totals[$1][resource])
                } / Double(costs.cellCount(kind.element))
        }
        let alone = value(CostTerm(.linear, of: [resource], in: costs), z)
        #expect(abs(alone / raw - 1) < 1e-12)
        let others = Resource.counted.filter { $0 != resource }
        let share =
            value(CostTerm(.linear, of: Resource.counted, in: costs), z)
            - value(CostTerm(.linear, of: others, in: costs), z)
        #expect(abs(alone / share / factor - 1) < 1e-9)
    }

    @Test("Each form's slopes equal finite differences", arguments: CostTermTests.terms)
    func slopes(named: NamedTerm) {
        let term = named.term
        let z = softmax(alpha().entries.map(Double.init))
        let slopes = term.evaluate(EdgeTable(shape, z)).slopes.entries
        for entry in stride(from: 0, to: entryCount, by: 5) {
            var (above, below) = (z, z)
            above[entry] += 1e-5
            below[entry] -= 1e-5
            let slope = (value(term, above) - value(term, below)) / 2e-5
            #expect(abs(slope - slopes[entry]) <= 1e-5 * max(1, abs(slope)), "entry \(entry)")
        }
    }

    /// Every operation takes 10 microseconds, at stride 2 twice as long, `sep_conv_5x5` another 5.
    private static var measured: CostTable {
        let plan = NetworkPlan(
            image: ImageShape(channels: 3, height: 32, width: 32), classes: 10, initChannels: 16, layers: 8,
            space: .darts())
        let costs = plan.measuredEntries.map { entry in
            let own = entry.operation == .none ? 0 : entry.operation == .sepConv5x5 ? 15_000 : 10_000
            return (entry, own * entry.place.stride)
        }
        return CostTable(
            plan, measured: MeasuredCosts(.latency, fixed: 1, costs: Dictionary(uniqueKeysWithValues: costs)))
    }

    @Test(
        "Measured latency is priced in each form like what is counted: by hand, and with slopes of finite differences")
    func latency() {
        // 14 edges; in a reduction eight of them halve.
        let (normal, reduce) = (14 * 15_000.0, (8 * 2 + 6) * 15_000.0)
        func term(_ form: CostForm) -> CostTerm {
            CostTerm(form, of: [.latency], in: Self.measured, ratio: 0.5)
        }
        #expect(value(term(.linear), every(.none)) == 0)
        #expect(abs(value(term(.linear), every(.sepConv5x5)) - (normal + 0.5 * reduce)) < 1e-6)
        #expect(abs(value(term(.normalised), every(.sepConv5x5)) - 1) < 1e-12)
        #expect(abs(value(term(.normalised), every(.skipConnect)) - 10.0 / 15) < 1e-12)
        let logarithms = 14 * log(15_000.0) + 0.5 * (8 * log(30_000.0) + 6 * log(15_000.0))
        #expect(abs(value(term(.log), every(.sepConv5x5)) - logarithms) < 1e-9)
        let z = softmax(alpha().entries.map(Double.init))
        for form in CostForm.allCases where !form.isOfWholeNetwork {
            let slopes = term(form).evaluate(EdgeTable(shape, z)).slopes.entries
            for entry in stride(from: 0, to: entryCount, by: 9) {
                var (above, below) = (z, z)
                above[entry] += 1e-4
                below[entry] -= 1e-4
                let slope = (value(term(form), above) - value(term(form), below)) / 2e-4
                #expect(abs(slope - slopes[entry]) <= 1e-5 * max(1, abs(slope)), "\(form), entry \(entry)")
            }
        }
    }

    @Test("The log form's dead zone: what is below 1 costs nothing and has no slope")
    func deadZone() {
        let term = CostTerm(.log, of: [.parameters], in: table(16, 8))
        var z = every(.none)
        z[4] = 1e-5
        #expect(value(term, z) == 0 && term.evaluate(EdgeTable(shape, z)).slopes.entries.allSatisfy { $0 == 0 })
        z[4] = 0.01
        #expect(value(term, z) > 0 && term.evaluate(EdgeTable(shape, z)).slopes[.normal, 0, .sepConv3x3] > 0)
    }

    @Test(
        "Normalised costs are the sum of shares: nothing is 0, the dearest of everything is 1, ratio weighs the kinds")
    func normalisedBounds() {
        for resources in [[Resource.parameters], [.flops], [.memory], Resource.counted] {
            let term = CostTerm(.normalised, of: resources, in: table(16, 8))
            #expect(value(term, every(.none)) == 0)
            #expect(abs(value(term, every(.sepConv5x5)) - 1) < 1e-12)
            #expect((0...1).contains(value(term, softmax(alpha(7).entries.map(Double.init)))))
        }
        var normalOnly = every(.sepConv5x5)
        for entry in entryCount / 2..<entryCount { normalOnly[entry] = 0 }
        #expect(
            abs(value(CostTerm(.normalised, of: [.parameters], in: table(8, 5), ratio: 3), normalOnly) - 0.25) < 1e-12)
    }

    @Test(
        "A normalised coefficient means the same for networks of 16/8, 36/20 and 8/5, where raw costs differ up to 20 times"
    )
    func normalisedMeansTheSame() {
        let sizes = [(16, 8), (36, 20), (8, 5)]
        let probabilities = RelaxedSample(z: alpha(3).probabilities(), temperature: 1)
        for resources in [[Resource.parameters], [.flops], [.memory], Resource.counted] {
            let terms = sizes.map { CostTerm(.normalised, of: resources, in: table($0.0, $0.1)) }
            // The cost of one and the same alpha: within 16 %.
            let values = terms.map { CostEstimator.expected($0, alpha(3)).value }
            #expect((values.max() ?? 0) / (values.min() ?? 1) < 1.16, "\(resources): \(values)")
            // And its gradient, entry by entry: within 35 % of the largest entry, and the same direction and length.
            let gradients = terms.map {
                probabilities.alphaGradient(credits: $0.evaluate(probabilities.z).slopes).entries
            }
            let largest = gradients.joined().map { abs($0) }.max() ?? 0
            for entry in 0..<entryCount {
                let entries = gradients.map { $0[entry] }
                #expect((entries.max() ?? 0) - (entries.min() ?? 0) < 0.35 * largest, "\(resources) entry \(entry)")
            }
            for gradient in gradients.dropFirst() {
                #expect(cosine(gradient, gradients[0]) > 0.99, "\(resources)")
                let lengths = [length(gradient), length(gradients[0])]
                #expect((lengths.max() ?? 0) / (lengths.min() ?? 1) < 1.16, "\(resources): \(lengths)")
            }
        }
        let raw = sizes.map {
            CostEstimator.expected(CostTerm(.linear, of: [.parameters], in: table($0.0, $0.1)), alpha(3)).value
        }
        #expect((raw.max() ?? 0) / (raw.min() ?? 1) > 10)
    }
}
