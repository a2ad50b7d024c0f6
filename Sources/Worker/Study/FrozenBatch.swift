import Configuration
import Datasets
import Estimation
import Network
import Randomness
import SearchSpace
import Tensors

/// A search's network on one batch of its gradient images: weights, images and the noise of the operation `noise` rest, nothing is
/// augmented or dropped, and every batch norm normalises with the batch itself.
struct FrozenBatch: FrozenNetwork {
    private let search: FrozenSearch
    private let batch: ImageBatch
    private let threads: Int

    /// - Parameters:
    ///   - images: how many of the gradient images, no more than there are; the run's seed draws which.
    ///   - threads: passes that are computed at once.
    init(_ search: FrozenSearch, images: Int, threads: Int) {
        self.search = search
        self.threads = threads
        let all = search.run.images.split.gradient
        let stream = RandomStream(
            seed: UInt64(search.configuration.run.seed), purpose: .estimatorStudy, minor: 1)
        let chosen = Permutation.shuffled(all.count, stream: stream).prefix(images).map { all[$0] }
        batch = BatchAssembler.assemble(search.run.images.set, indices: chosen)
    }

    func passes(at mixtures: [EdgeTable<Float>], leavesOut: Bool) throws -> [FrozenPass] {
        let (search, batch) = (search, batch)
        let noise = PassNoise(.evaluationNoise, seed: UInt64(search.configuration.run.seed), step: 0, shard: 0)
        return try ThreadedMap.map(mixtures, threads: threads) { mixture in
            TorchRuntime.holdToOneThread()
            let pass = try search.run.network.trainingPass(
                search.weights, mixture: mixture, pixels: batch.pixels, labels: batch.labels, dropPath: nil,
                noise: noise, leavesOut: leavesOut)
            return FrozenPass(
                loss: pass.loss, accuracy: Double(pass.hits) / Double(batch.count),
                credits: EdgeTable(mixture.shape, pass.credits.map(Double.init)))
        }
    }
}
