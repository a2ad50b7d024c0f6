package import Randomness
import SearchSpace
import Tensors

/// What the operation `noise` gives in one pass: standard normal numbers that the pass's key and the edge decide.
package struct PassNoise: Sendable {
    private let purpose: Purpose
    private let seed: UInt64
    private let step: UInt64
    private let images: ImageStream
    /// Of a group's pass all of its shards, whose images stand one behind the other.
    private let shards: [UInt32]

    /// Edges of one network.
    private static let edgeLimit: UInt32 = 1 << 12

    /// - Parameter purpose: `noiseOperation` of a step, `evaluationNoise` of a look.
    package init(_ purpose: Purpose, seed: UInt64, step: UInt64, images: ImageStream = .gradient, shard: Int) {
        precondition((0..<1 << 20).contains(shard))
        self.purpose = purpose
        self.seed = seed
        self.step = step
        self.images = images
        shards = [UInt32(shard)]
    }

    private init(_ first: PassNoise, shards: [UInt32]) {
        (purpose, seed, step, images) = (first.purpose, first.seed, first.step, first.images)
        self.shards = shards
    }

    /// Of shards of one round, each with as many images.
    ///
    /// - Parameter passes: nil where there is no noise, of one shard as of all.
    static func ofShards(_ passes: [PassNoise?]) -> PassNoise? {
        let passes = passes.compactMap { $0 }
        return passes.first.map { PassNoise($0, shards: passes.flatMap(\.shards)) }
    }

    /// What the operation gives on an edge, row-major.
    ///
    /// - Parameter edge: its number among all of the network.
    package func values(_ count: Int, edge: Int) -> [Float] {
        precondition((0..<Int(Self.edgeLimit)).contains(edge))
        return shards.flatMap { shard in
            let stream = RandomStream(
                seed: seed, purpose: purpose, major: step, images: images, minor: shard * Self.edgeLimit + UInt32(edge))
            return (0..<UInt64(count / shards.count)).map { Float(stream.normal($0)) }
        }
    }
}

/// Where an edge's noise goes: its number among all edges of the network, and the shape of what it writes.
struct NoisePlace {
    let edge: Int
    let output: MapShape

    init(_ cell: CellPlan, edge: Int) {
        self.edge = cell.firstEdge + edge
        output = MapShape(cell.channels, cell.outputHeight, cell.outputWidth)
    }
}

extension ForwardContext {
    /// Images x channels x height x width.
    func noise(at place: NoisePlace?) throws(TorchError) -> Tensor {
        guard let place, let noise else { preconditionFailure("noise without a key") }
        let shape = [imageCount, place.output.channels, place.output.height, place.output.width]
        return try Tensor(
            noise.values(imageCount * place.output.elements, edge: place.edge), shape: shape, precision: precision,
            device: device)
    }
}
