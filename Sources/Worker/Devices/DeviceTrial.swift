import Estimation
import Launching
import Network
import Optimization
import Randomness
import SearchSpace
import Tensors

/// A small super-network's pass over a group of shards on a device, beside the shards one by one on the processor.
struct DeviceTrial {
    private static let shardCount = 4
    private static let images = 6
    private static let classes = 10
    private static let seed: UInt64 = 2

    private let plan: NetworkPlan
    private let weights: [Float]
    private let shards: [GroupedShard]

    init() {
        let image = ImageShape(channels: 3, height: 16, width: 16)
        let plan = NetworkPlan(image: image, classes: Self.classes, initChannels: 8, layers: 3, space: .darts())
        self.plan = plan
        weights = InitialValues.weights(WeightLayout.superNetwork(plan), seed: Self.seed)
        shards = (0..<Self.shardCount).map { shard in
            let stream = RandomStream(seed: Self.seed, purpose: .split, minor: UInt32(shard))
            func normals(_ count: Int, from first: Int) -> [Float] {
                (first..<first + count).map { Float(stream.normal(UInt64($0))) }
            }
            let pixels = normals(Self.images * image.count, from: 0)
            let z = EdgeTable(
                plan.space.shape, normals(plan.space.shape.count, from: pixels.count).map { 0.2 + abs($0) / 8 })
            return GroupedShard(
                mixture: z, pixels: pixels, labels: (0..<Self.images).map { Int32((shard + $0) % Self.classes) },
                dropPath: nil, noise: nil)
        }
    }

    /// - Throws: `TorchError` where the device does not compute.
    func run(on device: ComputeDevice) throws -> DeviceFigures.Trial {
        TorchRuntime.holdToOneThread()
        let ours = try group(on: device)
        let theirs = try oneByOne()
        let largest = theirs.reduce(Float.leastNormalMagnitude) { max($0, abs($1)) }
        let difference = zip(ours, theirs).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        return DeviceFigures.Trial(
            device: device.description, largestDifference: Double(difference / largest),
            repeatsBits: try group(on: device).map(\.bitPattern) == ours.map(\.bitPattern))
    }

    private func network(on device: ComputeDevice) -> SuperNetwork {
        SuperNetwork(plan: plan, layout: .superNetwork(plan), device: device)
    }

    /// The gradient of the sum of the shards' losses, and their credits.
    private func group(on device: ComputeDevice) throws -> [Float] {
        let network = network(on: device)
        let pass = try network.groupPass(try network.load(weights: weights), shards, leavesOut: false)
        return pass.payload.array[..<pass.weightCount] + pass.shards.flatMap(\.credits)
    }

    private func oneByOne() throws -> [Float] {
        let network = network(on: .cpu)
        let loaded = try network.load(weights: weights)
        var sum = [Float](repeating: 0, count: weights.count)
        var credits: [Float] = []
        for shard in shards {
            let pass = try network.trainingPass(
                loaded, mixture: shard.mixture, pixels: shard.pixels, labels: shard.labels, dropPath: nil)
            VectorSum.add(Array(pass.weightGradient), into: &sum)
            credits += pass.credits
        }
        return sum + credits
    }
}
