import Formats
import Host
import SearchSpace
import Tensors
import Testing

import Network

#if canImport(Glibc)
    import Glibc
#endif

/// Derived networks against PyTorch (generate_derived.py), and what holds of them whatever the numbers.
@Suite
struct DerivedNetworkTests {
    static let images = 5

    // MARK: The generator's formulas and cases

    static func pixels(_ plan: DerivedPlan, images: Int = images, phase: Double) -> [Float] {
        formula(images * plan.image.count, phase).map { Float(2 * $0) }
    }

    static var labels: [Int32] { (0..<images).map { Int32((3 * $0 + 1) % 10) } }

    static func dropPath(_ plan: DerivedPlan) -> [Float] {
        let kept = Float(1 / 0.8)
        var masks: [Float] = []
        for cell in plan.cells {
            for edge in plan.genotype[cell.kind].indices {
                for image in 0..<images { masks.append((cell.index + 2 * edge + 3 * image) % 5 == 0 ? 0 : kept) }
            }
        }
        return masks
    }

    /// Five nodes with everything that a genotype may name.
    private static let oldCell = """
        Genotype(normal=[('avg_pool_3x3', 0), ('max_pool_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_7x7', 2),
          ('sep_conv_5x5', 0), ('skip_connect', 0), ('conv_7x1_1x7', 1), ('skip_connect', 3), ('dil_conv_5x5', 0),
          ('dil_conv_3x3', 4)], normal_concat=[4, 5, 6],
          reduce=[('avg_pool_3x3', 0), ('sep_conv_3x3', 1), ('max_pool_3x3', 0), ('sep_conv_7x7', 1),
          ('skip_connect', 0), ('avg_pool_3x3', 2), ('dil_conv_3x3', 0), ('sep_conv_5x5', 1), ('conv_7x1_1x7', 0),
          ('max_pool_3x3', 5)], reduce_concat=[3, 4, 6])
        """

    static func allEdges(_ normal: [Int], _ reduce: [Int]) -> Genotype {
        func choices(_ columns: [Int]) -> [Genotype.Choice] {
            zip(CellTopology().edges, columns).map {
                Genotype.Choice(operation: Operation.papers[$1], from: $0.from, to: $0.to)
            }
        }
        return Genotype(
            normal: choices(normal), reduce: choices(reduce), normalConcat: [2, 3, 4, 5], reduceConcat: [2, 3, 4, 5])
    }

    static func plan(_ number: Int) throws -> DerivedPlan {
        let genotype =
            number == 1
            ? allEdges([1, 2, 3, 6, 0, 0, 0, 0, 0, 3, 4, 0, 0, 2], [1, 4, 0, 0, 0, 7, 2, 3, 0, 0, 0, 0, 0, 0])
            : try Genotype(parsing: oldCell)
        let side = number == 2 ? 72 : 16
        return DerivedPlan(
            genotype: genotype, image: ImageShape(channels: 3, height: side, width: side), classes: 10, initChannels: 4,
            layers: 4, form: number == 2 ? .imageNet : .cifar, hasAuxiliary: true, poolsHaveBatchNorm: number == 1)
    }

    private func fixture() throws -> SafetensorsFile {
        let folder = FileSystem.parent(of: try #require(HostInfo.executablePath()))
        let path = "\(folder)/snas_NetworkTests.resources/Fixtures/derived.safetensors"
        return try SafetensorsFile.parse(try FileSystem.readFile(path, limitBytes: 1 << 24), source: path)
    }

    /// What the generator keeps of a tensor.
    private func thinned(_ values: ArraySlice<Float>) -> [Float] {
        let step = (values.count + 511) / 512
        return stride(from: values.startIndex, to: values.endIndex, by: step).map { values[$0] }
    }

    // MARK: Golden numbers

    /// The golden numbers come from Doubles. Operators are compared in Double, where no machine's rounding has a say; kernels give
    /// the same Floats on every machine.
    @Test(
        "Loss, gradients, statistics and predictions equal PyTorch's to 1e-6 of each tensor's norm, the kernels' in Float to 1e-4: every operation, both forms, auxiliary head, drop path, smoothing, odd sides",
        arguments: [
            (0, CellPath.operators), (1, .operators), (2, .operators), (0, .kernels), (1, .kernels), (2, .kernels),
        ])
    func golden(_ number: Int, path: CellPath) throws {
        let golden = try fixture()
        func values(_ name: String) throws -> [Float] { try #require(golden["\(number).\(name)"]?.values, "\(name)") }
        let plan = try Self.plan(number)
        let layout = WeightLayout.derivedNetwork(plan)
        let network = DerivedNetwork(
            plan: plan, layout: layout, labelSmoothing: number == 2 ? 0.1 : 0,
            precision: path == .operators ? .double : .float, path: path)
        let tolerance = path == .operators ? 1e-6 : 1e-4
        #expect(network.kernelCellCount == (path == .kernels ? plan.cells.count : 0))
        let weights = try network.load(weights: formulaWeights(layout))
        let pixels = Self.pixels(plan, phase: Double(try values("phase")[0]))
        let pass = try network.trainingPass(
            weights, pixels: pixels, labels: Self.labels, dropPath: Self.dropPath(plan))
        let loss = Double(try values("loss")[0])
        #expect(abs(pass.loss - loss) < 1e-5 * loss)
        #expect(pass.hits == Int(try values("hits")[0]))
        #expect(pass.credits.isEmpty)
        for entry in layout.entries {
            let theirs = try values("gradient.\(entry.name)")
            let ours = thinned(pass.weightGradient[entry.range])
            // Below this a gradient is the rounding of a sum that is zero.
            guard theirs.contains(where: { abs($0) > 1e-7 }) else {
                #expect(ours.allSatisfy { abs($0) < 1e-6 }, "\(entry.name)")
                continue
            }
            #expect(distance(ours, theirs) < tolerance, "\(entry.name)")
        }
        for entry in layout.statistics {
            let mean = thinned(pass.statistics[entry.meanOffset..<entry.varianceOffset])
            let variance = thinned(pass.statistics[entry.varianceOffset..<entry.varianceOffset + entry.channels])
            let theirs = try values("mean.\(entry.name)")
            if theirs.contains(where: { abs($0) > 1e-5 }) {
                #expect(distance(mean, theirs) < tolerance, "mean of \(entry.name)")
            }
            let goldenVariance = try values("variance.\(entry.name)")
            #expect(distance(variance, goldenVariance) < tolerance, "variance of \(entry.name)")
        }
        let statistics = try network.statisticsPass(weights, pixels: pixels, imageCount: Self.images)
        let evaluation = try network.evaluationPass(
            weights, statistics: statistics, pixels: pixels, labels: Self.labels)
        let evaluationLoss = Double(try values("evaluation.loss")[0])
        #expect(abs(evaluation.lossSum - evaluationLoss) < tolerance * evaluationLoss)
        let predictions = try values("evaluation.predictions").map { Int32($0) }
        #expect(evaluation.predictions == predictions)
        #expect(evaluation.topFiveHits == Int(try values("evaluation.top5")[0]))
        #expect(evaluation.hits == zip(evaluation.predictions, Self.labels).count { $0 == $1 })
    }

    // MARK: The auxiliary head, drop path, the ImageNet form

    @Test("The auxiliary head changes training only, and in proportion to its weight")
    func auxiliary() throws {
        let plan = try Self.plan(1)
        let layout = WeightLayout.derivedNetwork(plan)
        let pixels = Self.pixels(plan, phase: 3)
        func pass(_ weight: Double) throws -> TrainingPass {
            let network = DerivedNetwork(plan: plan, layout: layout, auxiliaryWeight: weight)
            return try network.trainingPass(
                try network.load(weights: formulaWeights(layout)), pixels: pixels, labels: Self.labels, dropPath: nil)
        }
        let (none, half, whole) = (try pass(0), try pass(0.5), try pass(1))
        #expect(abs((whole.loss - none.loss) - 2 * (half.loss - none.loss)) < 1e-5)
        #expect(whole.loss > none.loss + 0.1)
        let head = try #require(layout.weight("auxiliary_head.classifier.bias"))
        #expect(none.weightGradient[head.range].allSatisfy { $0 == 0 })
        #expect(zip(half.weightGradient[head.range], whole.weightGradient[head.range]).allSatisfy { 2 * $0 == $1 })
        let norm = try #require(layout.statistic("auxiliary_head.features.3"))
        let network = DerivedNetwork(plan: plan, layout: layout)
        let statistics = try network.statisticsPass(
            try network.load(weights: formulaWeights(layout)), pixels: pixels, imageCount: Self.images)
        #expect(statistics[norm.meanOffset..<norm.varianceOffset].allSatisfy { $0 == 0 })
    }

    @Test("Drop path takes no identity away: with every entry at 0 the skips remain")
    func dropPath() throws {
        // All skips: in normal cells identities, in reduction cells factorised reductions from the inputs.
        let skips = Self.allEdges(Array(repeating: 3, count: 14), Array(repeating: 3, count: 14))
        let plan = DerivedPlan(
            genotype: skips, image: ImageShape(channels: 3, height: 8, width: 8), classes: 10, initChannels: 4,
            layers: 3)
        let layout = WeightLayout.derivedNetwork(plan)
        let network = DerivedNetwork(plan: plan, layout: layout)
        let weights = try network.load(weights: formulaWeights(layout))
        let zeros = [Float](repeating: 0, count: plan.edgesOfAllCells * Self.images)
        let pass = try network.trainingPass(
            weights, pixels: Self.pixels(plan, phase: 3), labels: Self.labels, dropPath: zeros)
        // Reduction cells (1 and 2) are cut off, so the classifier sees zeros: only its bias learns.
        #expect(pass.weightGradient[try #require(layout.weight("classifier.weight")).range].allSatisfy { $0 == 0 })
        #expect(pass.weightGradient[try #require(layout.weight("classifier.bias")).range].contains { $0 != 0 })
        let identities = DerivedPlan(
            genotype: skips, image: plan.image, classes: 10, initChannels: 4, layers: 4)
        let deeper = DerivedNetwork(plan: identities, layout: .derivedNetwork(identities))
        let deeperPass = try deeper.trainingPass(
            try deeper.load(weights: formulaWeights(deeper.layout)), pixels: Self.pixels(plan, phase: 3),
            labels: Self.labels,
            dropPath: [Float](repeating: 0, count: identities.edgesOfAllCells * Self.images))
        let last = try #require(deeper.layout.weight("cells.3.preprocess1.op.2.bias"))
        #expect(deeperPass.weightGradient[last.range].contains { $0 != 0 })
    }

    @Test("Two threads on one network compute the bits that one computes alone")
    func threads() throws {
        let plan = try Self.plan(0)
        let layout = WeightLayout.derivedNetwork(plan)
        let network = DerivedNetwork(plan: plan, layout: layout, labelSmoothing: 0.1)
        let weights = try network.load(weights: formulaWeights(layout))
        @Sendable func pass(_ phase: Int) -> TrainingPass? {
            TorchRuntime.holdToOneThread()
            return try? network.trainingPass(
                weights, pixels: Self.pixels(plan, phase: Double(phase)), labels: Self.labels,
                dropPath: Self.dropPath(plan))
        }
        let alone = (0..<6).map(pass)
        let queue = WorkQueue<(Int, TrainingPass?)>()
        let threads = try (0..<2).map { half in
            try NativeThread(name: "pass") {
                for phase in 0..<6 where phase % 2 == half { queue.append([(phase, pass(phase))]) }
            }
        }
        for thread in threads { thread.join() }
        let together = queue.takeAll()
        #expect(together.count == 6)
        for (phase, result) in together { #expect(result != nil && result == alone[phase], "phase \(phase)") }
    }
}
