package import Randomness
package import SearchSpace

/// Drops operations without weights from a shard's mixture, each by itself with the same probability: their Z is 0 in the
/// forward pass, and the others keep theirs, so a dropped operation takes its share of the edge's output with it rather than
/// giving it to its rivals.
///
/// Operations without weights are useful at once, convolutions have to learn; what is dropped now and then cannot be leaned on.
/// (Dropout of skip connections alone is P-DARTS', Chen et al. 2019.) Which operations these are follows from having no weights,
/// at the stride that they have on their edge.
package struct OperationDropout: Sendable, Equatable {
    /// False for the operations that the shard does without.
    package let keeps: EdgeTable<Bool>

    /// - Parameter weightless: whether the operation has no weights there.
    package init(
        weightless: EdgeTable<Bool>, probability: Double, seed: UInt64, step: UInt64, images: ImageStream = .gradient,
        shard: Int
    ) {
        precondition((0..<1).contains(probability))
        let stream = RandomStream(
            seed: seed, purpose: .operationDropout, major: step, images: images, minor: UInt32(shard))
        let stays = weightless.entries.enumerated().map { entry, isWeightless in
            !isWeightless || probability == 0 || stream.uniform(UInt64(entry)) >= probability
        }
        keeps = EdgeTable(weightless.shape, stays)
    }

    /// dL/dZ of the sample: what is dropped has none, whatever the network's pass says of it.
    package func credits(_ credits: EdgeTable<Float>) -> EdgeTable<Float> { kept(credits) }

    /// What is left of a mixture.
    package func kept(_ table: EdgeTable<Float>) -> EdgeTable<Float> {
        EdgeTable(table.shape, zip(table.entries, keeps.entries).map { $1 ? $0 : 0 })
    }
}
