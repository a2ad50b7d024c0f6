import Formats
import Host
import SearchSpace
import Tensors
import Testing

import Network

#if canImport(Glibc)
    import Glibc
#endif

/// NAS-Bench-201's networks against PyTorch in Double (generate_staged.py).
@Suite
struct StagedNetworkTests {
    private static let image = ImageShape(channels: 1, height: 8, width: 8)
    private static let labels = (0..<6).map { Int32((3 * $0 + 1) % 10) }
    private static let space = NamedSpace.nasBench201.space(nodes: 4)

    private let golden: SafetensorsFile

    init() throws {
        let folder = FileSystem.parent(of: try #require(HostInfo.executablePath()))
        let path = "\(folder)/snas_NetworkTests.resources/Fixtures/staged.safetensors"
        golden = try SafetensorsFile.parse(try FileSystem.readFile(path, limitBytes: 1 << 24), source: path)
    }

    private func values(_ name: String) throws -> [Float] { try #require(golden[name]?.values, "\(name)") }

    private func pixels(_ name: String) throws -> [Float] {
        let phase = Double(try #require(try values("\(name).phase").first))
        return formula(6 * 64, phase).map { Float(2 * $0) }
    }

    private func expect(_ pass: TrainingPass, equals name: String, _ layout: WeightLayout) throws {
        let loss = Double(try #require(try values("\(name).loss").first))
        #expect(abs(pass.loss - loss) < 1e-6 * loss)
        for entry in layout.entries {
            let theirs = try values("\(name).gradient.\(entry.name)")
            #expect(theirs.count == entry.count)
            // Below this a gradient is the rounding of a sum that is zero.
            guard theirs.contains(where: { abs($0) > 1e-7 }) else { continue }
            #expect(distance(Array(pass.weightGradient[entry.range]), theirs) < 1e-6, "\(entry.name)")
        }
        for entry in layout.statistics {
            let own = Array(pass.statistics[entry.meanOffset..<entry.varianceOffset + entry.channels])
            let theirs = try values("\(name).mean.\(entry.name)") + values("\(name).variance.\(entry.name)")
            #expect(distance(own, theirs) < 1e-6, "\(entry.name)")
        }
    }

    @Test("The super-network's loss, credits, gradients and statistics equal PyTorch's to 1e-6 of each tensor's norm")
    func superNetwork() throws {
        let plan = NetworkPlan(image: Self.image, classes: 10, initChannels: 4, layers: 3, space: Self.space)
        let layout = WeightLayout.superNetwork(plan)
        let network = SuperNetwork(plan: plan, layout: layout, precision: .double)
        let logits = formula(30, 5).map { exp(3 * $0) }
        let mixture = (0..<6).flatMap { edge in
            let row = logits[5 * edge..<5 * edge + 5]
            return row.map { Float($0 / row.reduce(0, +)) }
        }
        let pass = try network.trainingPass(
            try network.load(weights: formulaWeights(layout)), mixture: EdgeTable(Self.space.shape, mixture),
            pixels: try pixels("super"), labels: Self.labels, dropPath: nil)
        try expect(pass, equals: "super", layout)
        #expect(distance(pass.credits, try values("super.gradient.credits")) < 1e-6)
        #expect(pass.credits.count == 30 && pass.credits[0] == 0)
    }

    @Test(
        "The derived network's loss, gradients and statistics equal PyTorch's; a one-hot super-network is the same cell"
    )
    func derivedNetwork() throws {
        let cell = try Genotype(
            parsing: "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|nor_conv_3x3~2|")
        let plan = DerivedPlan(
            genotype: cell, image: Self.image, classes: 10, initChannels: 4, layers: 3, form: .stages)
        let layout = WeightLayout.derivedNetwork(plan)
        let network = DerivedNetwork(plan: plan, layout: layout, precision: .double)
        let pass = try network.trainingPass(
            try network.load(weights: formulaWeights(layout)), pixels: try pixels("derived"), labels: Self.labels,
            dropPath: nil)
        try expect(pass, equals: "derived", layout)
        // In Float, by the kernels.
        let float = DerivedNetwork(plan: plan, layout: layout, path: .kernels)
        #expect(float.kernelCellCount == 3)
        let own = try float.trainingPass(
            try float.load(weights: formulaWeights(layout)), pixels: try pixels("derived"), labels: Self.labels,
            dropPath: nil)
        #expect(distance(Array(own.weightGradient), Array(pass.weightGradient)) < 1e-4)
    }
}
