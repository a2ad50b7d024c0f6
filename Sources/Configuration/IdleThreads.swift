/// Threads that a run's workers have beyond what its steps can keep busy: a thread computes whole parts of a shard.
package struct IdleThreads: Sendable, Equatable {
    /// Of all workers together.
    private let threads: Int
    private let training: SearchConfiguration.TrainingSection

    /// Nil where all are kept busy.
    package init?(of threads: Int, _ training: SearchConfiguration.TrainingSection) {
        guard threads > training.shards * training.partsPerShard else { return nil }
        self.threads = threads
        self.training = training
    }

    private var busy: Int { training.shards * training.partsPerShard }

    /// How many.
    package var count: Int { threads - busy }

    /// How many and why, and which setting gives them work.
    package var words: String {
        let (shards, images) = (training.shards, training.imagesPerShard)
        return
            "\(shards) shards of \(images) image\(images == 1 ? "" : "s"), cut into \(training.partsPerShard) each, keep \(busy) of "
            + "\(threads) threads busy, and \(count) will stand idle: \(remedy)"
    }

    private var remedy: String {
        let images = training.imagesPerShard
        guard training.shardParts < min(images, SearchConfiguration.TrainingSection.partsAtMost) else {
            return "a larger batch_size gives them work"
        }
        let enough = (threads + training.shards - 1) / training.shards
        let parts = min(enough, images, SearchConfiguration.TrainingSection.partsAtMost)
        return
            "shard_parts \(parts) gives work to \(min(threads, training.shards * parts)) (sums are added in another order then)"
    }
}
