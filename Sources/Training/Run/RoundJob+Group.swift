package import Configuration
package import Wire

extension RoundJob {
    /// How many shards belong together: given to one worker, answered in one sum, and on a device computed as one batch. Those of
    /// steps' batches, which are trained on; other rounds' shards may be unequal and are not differentiated: each is by itself.
    package func groupShards(in configuration: SearchConfiguration) -> Int {
        let isTrainedOn = images.isBatch && yields.hasGradient
        let size = configuration.training.deviceShards
        return isTrainedOn && shardCount % size == 0 ? size : 1
    }
}
