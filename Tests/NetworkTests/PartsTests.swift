import SearchSpace
import Tensors
import Testing

import Network

/// Images that are cut into parts, which threads compute together. Among the cells' tests, because the choice of kernels is the
/// process's.
extension KernelTests {
    @Suite(.serialized)
    struct PartsTests {
        private static let images = 9
        /// They do not divide the images, except for one image a part.
        private static let parts = [2, 3, 8, 9]
        private static let instructionSets = ["portable", "avx2", "avx512"].filter(CellKernels.has)

        struct Network: CustomTestStringConvertible, Sendable {
            let testDescription: String
            let pass: @Sendable (_ parts: Int) throws -> TrainingPass
        }

        private static func weights(_ layout: WeightLayout) -> [Float] {
            layout.entries.enumerated().flatMap { number, entry in
                let scale = entry.shape.count == 1 ? 1 : (Double(entry.count) / Double(entry.shape[0])).squareRoot()
                return irregular(entry.count, phase: number).map { Float($0 / scale) }
            }
        }

        private static func pixels(side: Int) -> [Float] {
            irregular(images * 3 * side * side, phase: 77).map { Float(2 * $0) }
        }

        private static let labels = (0..<images).map { Int32((3 * $0 + 1) % 10) }

        private static func masks(_ edges: Int) -> [Float] {
            (0..<edges * images).map { ($0 * 7 + $0 / 5) % 4 == 0 ? 0 : Float(1 / 0.75) }
        }

        private static func mixed(
            _ name: String, _ space: SearchSpace, channels: Int, side: Int = 8, leavesOut: Bool = false
        ) -> Network {
            let plan = NetworkPlan(
                image: ImageShape(channels: 3, height: side, width: side), classes: 10, initChannels: channels,
                layers: 3, space: space)
            let layout = WeightLayout.superNetwork(plan)
            var mixture = EdgeTable<Float>(space.shape, repeating: 0)
            for entry in mixture.entries.indices {
                mixture.entries[entry] =
                    leavesOut ? ((entry * 5 + entry / 8) % 3 == 0 ? 1 : 0) : 0.05 + Float(entry * 7 % 11) / 40
            }
            let table = mixture
            return Network(testDescription: name) { parts in
                let network = SuperNetwork(plan: plan, layout: layout, path: .kernels, parts: parts)
                return try network.trainingPass(
                    try network.load(weights: weights(layout)), mixture: table, pixels: pixels(side: side),
                    labels: labels, dropPath: leavesOut ? nil : masks(plan.edgesOfAllCells), leavesOut: leavesOut)
            }
        }

        private static func derived(_ name: String, _ genotype: Genotype, form: DerivedPlan.Form = .cifar) -> Network {
            let side = 16
            let plan = DerivedPlan(
                genotype: genotype, image: ImageShape(channels: 3, height: side, width: side), classes: 10,
                initChannels: 5, layers: 3, form: form, hasAuxiliary: form == .cifar, poolsHaveBatchNorm: true)
            let layout = WeightLayout.derivedNetwork(plan)
            return Network(testDescription: name) { parts in
                let network = DerivedNetwork(plan: plan, layout: layout, path: .kernels, parts: parts)
                return try network.trainingPass(
                    try network.load(weights: weights(layout)), pixels: pixels(side: side), labels: labels,
                    dropPath: masks(plan.edgesOfAllCells))
            }
        }

        /// All operations, reductions, factorised ones too; scales and shifts; cells of one input, residual blocks.
        private static let networks: [Network] = {
            var genotypes: [Network] = []
            for name in ["SNAS_mild_edge_all", "DARTS_V1"] {
                guard let genotype = KnownGenotypes.named(name) else { preconditionFailure("no genotype \(name)") }
                genotypes.append(derived(name, genotype))
            }
            return [
                mixed("all operations, drop path", .darts(), channels: 4),
                mixed("20 channels, operations left out", .darts(nodes: 2), channels: 20, leavesOut: true),
                mixed("NAS-Bench-201", NamedSpace.nasBench201.space(nodes: 4), channels: 6),
            ] + genotypes
        }()

        private func withThreads<Result>(_ threads: Int, _ body: () throws -> Result) throws -> Result {
            try TorchRuntime.useThreads(threads)
            defer { #expect(throws: Never.self) { try TorchRuntime.useThreads(1) } }
            return try body()
        }

        @Test(
            "Loss, gradients, credits and statistics have the same bits by 1, 2, 3 and 5 threads and by all forms of the kernels",
            arguments: networks)
        func sameBits(_ network: Network) throws {
            defer { _ = CellKernels.choose("auto") }
            var byParts: [TrainingPass] = []
            for parts in Self.parts {
                #expect(CellKernels.choose("portable"))
                let alone = try withThreads(1) { try network.pass(parts) }
                #expect(alone.loss.isFinite && alone.weightGradient.allSatisfy(\.isFinite))
                for set in Self.instructionSets {
                    #expect(CellKernels.choose(set))
                    for threads in [1, 2, 3, 5] {
                        let pass = try withThreads(threads) { try network.pass(parts) }
                        #expect(pass == alone, "\(parts) parts, \(threads) threads, \(set)")
                    }
                }
                byParts.append(alone)
            }
            // The parts are what the bits depend on: else this test could not fail.
            #expect(byParts[0].weightGradient != byParts[1].weightGradient)
            #expect(try network.pass(Self.images) == network.pass(1_000))
        }

        @Test(
            "By any number of parts gradients, credits and statistics differ from those of one part by roundings alone",
            arguments: networks)
        func nearOnePart(_ network: Network) throws {
            let one = try network.pass(1)
            for parts in Self.parts {
                let pass = try withThreads(2) { try network.pass(parts) }
                #expect(abs(pass.loss - one.loss) < 1e-5 * abs(one.loss), "\(parts)")
                #expect(distance(pass.statistics, one.statistics) < 1e-5, "\(parts)")
                #expect(distance(pass.weightGradient, one.weightGradient) < 1e-3, "\(parts)")
                #expect(distance(pass.credits, one.credits) < 1e-3, "\(parts)")
            }
        }

        @Test(
            "By 2 and 8 parts they differ from a reference in Double by no more than roundings of their terms",
            arguments: [2, 8])
        func equalsReference(parts: Int) throws {
            let bound = RoundingBound(cells: 3, nodes: 4)
            let mixed = ReferenceSuperNetwork(channels: 4, side: 8, images: Self.images, layers: 3, drops: true)
            let tables = [try #require(mixed.tables[.normal]), try #require(mixed.tables[.reduce])]
            bound.expect(try withThreads(2) { try mixed.pass(.kernels, parts: parts) }, near: mixed, tables: tables)
            let space = NamedSpace.nasBench201.space(nodes: 4)
            let staged = ReferenceSuperNetwork(channels: 4, side: 12, images: 8, space: space)
            bound.expect(
                try withThreads(2) { try staged.pass(.kernels, parts: parts) }, near: staged,
                tables: [try #require(staged.tables[.normal])])
            let plan = DerivedPlan(
                genotype: try #require(KnownGenotypes.named("DARTS_V2")),
                image: ImageShape(channels: 3, height: 16, width: 16), classes: 10, initChannels: 4, layers: 3,
                hasAuxiliary: true)
            let derived = ReferenceDerivedNetwork(plan, images: 8, drops: true)
            bound.expect(try withThreads(2) { try derived.pass(.kernels, parts: parts) }, near: derived)
        }

        @Test("With given statistics no sum crosses images: parts and threads change no bit")
        func givenStatistics() throws {
            let plan = NetworkPlan(
                image: ImageShape(channels: 3, height: 8, width: 8), classes: 10, initChannels: 5, layers: 3,
                space: .darts())
            let layout = WeightLayout.superNetwork(plan)
            let mixture = EdgeTable<Float>(plan.space.shape, repeating: 0.125)
            let statistics = (0..<layout.statisticCount).map { 0.5 + Float($0 % 7) / 10 }
            let evaluations = try [(1, 1), (2, 2), (8, 3), (9, 2)].map { parts, threads in
                try withThreads(threads) {
                    let network = SuperNetwork(plan: plan, layout: layout, path: .kernels, parts: parts)
                    return try network.evaluationPass(
                        try network.load(weights: Self.weights(layout)), statistics: statistics, mixture: mixture,
                        pixels: Self.pixels(side: 8), labels: Self.labels)
                }
            }
            for evaluation in evaluations {
                #expect(evaluation.lossSum == evaluations[0].lossSum)
                #expect(evaluation.logits == evaluations[0].logits)
            }
        }

        /// Images whose means are thousands apart and whose pixels are whole numbers, which Double adds up exactly.
        @Test(
            "A batch norm's mean and variance over parts with very different means are those of all pixels together",
            arguments: [1, 2, 3, 5, 8, 9])
        func farApart(parts: Int) throws {
            let (side, images) = (4, Self.images)
            let values = (0..<images).flatMap { (image: Int) -> [Double] in
                let middle = (image * image * 977) % 4_001 * 3 - 6_000
                return (0..<side * side).map { pixel in Double(middle + (pixel * 5 + image) % 4) }
            }
            let mean = values.reduce(0, +) / Double(values.count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
            let pixels = try Tensor(values.map { Float($0) }, shape: [images, 1, side, side])
            // Passes each pixel on, and its negative.
            let weight = try Tensor(
                [1, -1].flatMap { sign in (0..<9).map { $0 == 4 ? Float(sign) : 0 } }, shape: [2, 1, 3, 3])
            let ones = try Tensor([1, 1], shape: [2])
            let zeros = try Tensor([0, 0], shape: [2])
            let (output, own) = try withThreads(2) {
                try TorchRuntime.withoutGradients {
                    try CellKernels.stem(
                        pixels, channels: 2, weight: weight, scale: ones, shift: zeros, given: nil, parts: parts)
                }
            }
            let exact = [mean, -mean, variance, variance]
            for (ours, theirs) in zip(own, exact) { #expect(abs(Double(ours) - theirs) < 1e-6 * abs(theirs)) }
            let deviation = (variance * Double(values.count - 1) / Double(values.count) + 1e-5).squareRoot()
            let normalised = values.map { Float(($0 - mean) / deviation) }
            let floats = try output.floats()
            let each = side * side
            let first = (0..<images).flatMap { (image: Int) -> ArraySlice<Float> in
                floats[2 * image * each..<(2 * image + 1) * each]
            }
            #expect(distance(first, normalised) < 1e-6)
        }
    }
}
