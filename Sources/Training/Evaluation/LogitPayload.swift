import Datasets
package import Optimization

/// The payload of an evaluation's shard whose logits are asked for: the counts (`EvaluationCount`), then the logits of all images of
/// the round, in the order in which the round goes through them.
///
/// A shard has the counts and its own images' logits; those of the others are parts that it leaves out. Each is added to nothing but
/// zeros, so that their sum is what the shards computed, bit by bit.
package enum LogitPayload {
    /// How the payload is cut: a part a shard, by the same number, and the counts, which are always there.
    ///
    /// - Parameters:
    ///   - images: of the whole round.
    ///   - shardImages: of each shard; the last may have fewer.
    package static func parts(images: Int, classes: Int, shardImages: Int) -> VectorParts {
        let shards = FixedShards.shardCount(size: shardImages, count: images)
        let rows = (0..<shards).map { shard in
            (
                entries: classes * FixedShards.range(shard, size: shardImages, count: images).count,
                part: Optional(shard)
            )
        }
        return VectorParts(
            optionalParts: shards, [(EvaluationCount.payloadCount(classes: classes), nil)] + rows)
    }

    /// What one shard gives.
    ///
    /// - Parameters:
    ///   - counts: of the shard's images.
    ///   - logits: images x classes.
    package static func payload(_ shard: Int, counts: [Float], logits: [Float], in whole: VectorParts) -> Addend {
        .partial(PartialVector(counts + logits, of: whole.set(of: [shard]), in: whole))
    }
}
