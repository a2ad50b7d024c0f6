import Formats
import Host
import SearchSpace
import Tensors
import Testing

import Network

#if canImport(Glibc)
    import Glibc
#endif

/// Forward, gradients, credits and statistics against PyTorch (generate.py), and the plain path against itself.
@Suite
struct GoldenNetworkTests {
    private static let images = 6
    private static let plan = NetworkPlan(
        image: ImageShape(channels: 1, height: 8, width: 8), classes: 10, initChannels: 4, layers: 3,
        space: .darts())
    private static let layout = WeightLayout.superNetwork(plan)

    // MARK: The generator's formulas

    private static func table(_ operation: Int, phase: Double) -> [Float] {
        guard operation == Operation.papers.count else {
            return (0..<14 * Operation.papers.count).map { $0 % Operation.papers.count == operation ? 1 : 0 }
        }
        let logits = formula(14 * Operation.papers.count, phase).map { 3 * $0 }
        return (0..<14).flatMap { edge in
            let row = logits[edge * Operation.papers.count..<(edge + 1) * Operation.papers.count].map(exp)
            return row.map { Float($0 / row.reduce(0, +)) }
        }
    }

    private static var labels: [Int32] { (0..<images).map { Int32((3 * $0 + 1) % 10) } }

    private static var dropPath: [Float] {
        let kept = Float(1 / 0.75)
        var masks: [Float] = []
        for cell in 0..<3 {
            for edge in 0..<14 {
                for image in 0..<images {
                    let isDropped = (cell + 2 * edge + 3 * image) % 4 == 0
                    masks.append(isDropped ? 0 : kept)
                }
            }
        }
        return masks
    }

    private static func mixture(_ operation: Int) -> EdgeTable<Float> {
        EdgeTable(SearchSpace.darts().shape, table(operation, phase: 5) + table(operation, phase: 9))
    }

    private static func pixels(phase: Double) -> [Float] { formula(images * 64, phase).map { Float(2 * $0) } }

    private func fixture() throws -> SafetensorsFile {
        let bundle = try #require(HostInfo.executablePath())
        let folder = FileSystem.parent(of: bundle)
        let path = "\(folder)/snas_NetworkTests.resources/Fixtures/network.safetensors"
        return try SafetensorsFile.parse(try FileSystem.readFile(path, limitBytes: 1 << 24), source: path)
    }

    // MARK: Golden numbers

    /// The golden numbers come from Doubles. Operators are compared in Double, where no machine's rounding has a say; kernels give
    /// the same Floats on every machine.
    @Test(
        "Loss, credits, weight gradients and statistics equal PyTorch's to 1e-6 of each tensor's norm, the kernels' in Float to 1e-4: every operation at both strides, everything mixed, with drop path",
        arguments: 0..<10, [CellPath.operators, .kernels])
    func golden(_ number: Int, path: CellPath) throws {
        let golden = try fixture()
        let network = SuperNetwork(
            plan: Self.plan, layout: Self.layout, precision: path == .operators ? .double : .float, path: path)
        let tolerance = path == .operators ? 1e-6 : 1e-4
        let weights = try network.load(weights: formulaWeights(Self.layout))
        let phase = Double(try #require(golden["\(number).phase"]?.values.first))
        let pass = try network.trainingPass(
            weights, mixture: Self.mixture(min(number, Operation.papers.count)), pixels: Self.pixels(phase: phase),
            labels: Self.labels, dropPath: number == 9 ? Self.dropPath : nil)
        let loss = try #require(golden["\(number).loss"]?.values.first)
        #expect(abs(pass.loss - Double(loss)) < tolerance * Double(loss))
        #expect(pass.hits == Int(try #require(golden["\(number).hits"]?.values.first)))
        var compared = 0
        for entry in Self.layout.entries {
            let ours = Array(pass.weightGradient[entry.range])
            guard let theirs = golden["\(number).gradient.\(entry.name)"]?.values else { continue }
            // Below this a gradient is the rounding of a sum that is zero.
            guard theirs.contains(where: { abs($0) > 1e-7 }) else { continue }
            #expect(distance(ours, theirs) < tolerance, "\(entry.name)")
            compared += 1
        }
        #expect(compared >= (number == 0 ? 1 : 12), "\(compared) tensors were compared")
        for (kind, offset) in [("normal", 0), ("reduce", 112)] where number > 0 {
            let theirs = try #require(golden["\(number).gradient.credits.\(kind)"]?.values)
            #expect(distance(Array(pass.credits[offset..<offset + 112]), theirs) < tolerance, "credits \(kind)")
        }
        guard number >= Operation.papers.count else { return }
        for entry in Self.layout.statistics {
            let mean = Array(pass.statistics[entry.meanOffset..<entry.varianceOffset])
            let variance = Array(pass.statistics[entry.varianceOffset..<entry.varianceOffset + entry.channels])
            let goldenMean = try #require(golden["\(number).mean.\(entry.name)"]?.values)
            if goldenMean.contains(where: { abs($0) > 1e-5 }) {
                #expect(distance(mean, goldenMean) < tolerance, "mean of \(entry.name)")
            }
            #expect(distance(variance, try #require(golden["\(number).variance.\(entry.name)"]?.values)) < tolerance)
        }
    }

    // MARK: The plain path against itself

    @Test("In Double, weight gradients and credits of a larger network equal finite differences")
    func finiteDifferences() throws {
        let plan = NetworkPlan(
            image: ImageShape(channels: 3, height: 16, width: 16), classes: 10, initChannels: 8, layers: 5,
            space: .darts())
        let layout = WeightLayout.superNetwork(plan)
        #expect(layout.weightCount == 394_210)
        let network = SuperNetwork(plan: plan, layout: layout, precision: .double)
        let weights = formulaWeights(layout)
        let mixture = Self.mixture(Operation.papers.count)
        let pixels = formula(4 * 3 * 256, 3).map { Float($0) }
        let labels: [Int32] = [1, 4, 7, 2]
        func loss(_ weights: [Float], _ mixture: EdgeTable<Float>) throws -> Double {
            try network.trainingPass(
                try network.load(weights: weights), mixture: mixture, pixels: pixels, labels: labels, dropPath: nil
            ).loss
        }
        let pass = try network.trainingPass(
            try network.load(weights: weights), mixture: mixture, pixels: pixels, labels: labels, dropPath: nil)
        for (number, place) in [0, 5000, 33_333, 111_111, 250_000, 394_205].enumerated() {
            var (up, down) = (weights, weights)
            up[place] += 1e-6
            down[place] -= 1e-6
            let slope = (try loss(up, mixture) - loss(down, mixture)) / (Double(up[place]) - Double(down[place]))
            #expect(abs(slope - Double(pass.weightGradient[place])) < 1e-3 * max(abs(slope), 1e-3), "weight \(number)")
        }
        for place in [1, 20, 43, 77, 111] {
            var (up, down) = (mixture, mixture)
            up.entries[place] += 1e-6
            down.entries[place] -= 1e-6
            let slope =
                (try loss(weights, up) - loss(weights, down))
                / (Double(up.entries[place]) - Double(down.entries[place]))
            #expect(abs(slope - Double(pass.credits[place])) < 1e-3 * max(abs(slope), 1e-3), "credit \(place)")
        }
    }

    @Test("A derived network is the one-hot mixture: what is skipped would have added nothing")
    func skipping() throws {
        let network = SuperNetwork(plan: Self.plan, layout: Self.layout)
        let weights = try network.load(weights: formulaWeights(Self.layout))
        var oneHot = Self.mixture(4)
        // A dead node, a skip and a pool among the convolutions.
        for operation in Operation.papers {
            for edge in 0..<2 { oneHot[.normal, edge, operation] = operation == .none ? 1 : 0 }
            oneHot[.reduce, 3, operation] = operation == .skipConnect ? 1 : 0
        }
        let nearly = oneHot.map { $0 == 0 ? Float(1e-30) : $0 }
        let pixels = Self.pixels(phase: 100)
        let statistics = try network.statisticsPass(weights, mixture: oneHot, pixels: pixels, imageCount: Self.images)
        let sparse = try network.evaluationPass(
            weights, statistics: statistics, mixture: oneHot, pixels: pixels, labels: Self.labels)
        let dense = try network.evaluationPass(
            weights, statistics: statistics, mixture: nearly, pixels: pixels, labels: Self.labels)
        #expect(abs(sparse.lossSum - dense.lossSum) < 1e-5 * abs(dense.lossSum))
        #expect(sparse.hits == dense.hits)
        #expect(sparse.lossSum.isFinite && sparse.lossSum > 0)
    }

    @Test("Two threads on one network compute the bits that one computes alone")
    func threads() throws {
        let network = SuperNetwork(plan: Self.plan, layout: Self.layout)
        let weights = try network.load(weights: formulaWeights(Self.layout))
        @Sendable func pass(_ phase: Int) -> TrainingPass? {
            TorchRuntime.holdToOneThread()
            return try? network.trainingPass(
                weights, mixture: Self.mixture(Operation.papers.count), pixels: Self.pixels(phase: Double(phase)),
                labels: Self.labels, dropPath: nil)
        }
        let alone = (0..<8).map(pass)
        let queue = WorkQueue<(Int, TrainingPass?)>()
        let threads = try (0..<2).map { half in
            try NativeThread(name: "pass") {
                for phase in 0..<8 where phase % 2 == half { queue.append([(phase, pass(phase))]) }
            }
        }
        for thread in threads { thread.join() }
        let together = queue.takeAll()
        #expect(together.count == 8)
        for (phase, result) in together {
            #expect(result != nil)
            #expect(result == alone[phase], "phase \(phase)")
        }
    }
}
