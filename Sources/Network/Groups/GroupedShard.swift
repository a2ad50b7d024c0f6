package import SearchSpace

/// One shard of a group that is computed as one batch: what `trainingPass` is given of a shard. All shards of a group have as many images.
package struct GroupedShard: Sendable {
    /// Nil of a derived network.
    package let mixture: EdgeTable<Float>?
    /// Images x channels x height x width, normalised.
    package let pixels: [Float]
    /// One an image.
    package let labels: [Int32]
    /// Cell x edge x image, 0 or 1/keep; nil drops nothing.
    package let dropPath: [Float]?
    /// Nil where no edge has the operation `noise`.
    package let noise: PassNoise?
    /// What the shard's loss is multiplied with before it is differentiated.
    package let lossFactor: Float

    /// - Parameter lossFactor: 1 but for rewards.
    package init(
        mixture: EdgeTable<Float>?, pixels: [Float], labels: [Int32], dropPath: [Float]?, noise: PassNoise?,
        lossFactor: Float = 1
    ) {
        self.mixture = mixture
        self.pixels = pixels
        self.labels = labels
        self.dropPath = dropPath
        self.noise = noise
        self.lossFactor = lossFactor
    }
}

/// The inputs of a group's shards one behind the other, as one batch reads them.
struct GroupedBatch {
    let shards: [GroupedShard]
    let imageCount: Int

    init(_ shards: [GroupedShard]) {
        precondition(!shards.isEmpty && shards.allSatisfy { $0.labels.count == shards[0].labels.count })
        self.shards = shards
        imageCount = shards.count * shards[0].labels.count
    }

    var pixels: [Float] { shards.flatMap(\.pixels) }
    var labels: [Int32] { shards.flatMap(\.labels) }
    var lossFactors: [Float] { shards.map(\.lossFactor) }
    var noise: PassNoise? { PassNoise.ofShards(shards.map(\.noise)) }

    /// Cell x edge x image of all shards. Shards of one round all drop paths, or none does.
    func dropPath(edges: Int) -> [Float]? {
        let masks = shards.compactMap(\.dropPath)
        guard !masks.isEmpty else { return nil }
        let images = imageCount / shards.count
        precondition(masks.count == shards.count && masks.allSatisfy { $0.count == edges * images })
        return (0..<edges).flatMap { edge in masks.flatMap { $0[edge * images..<(edge + 1) * images] } }
    }
}
