import Datasets
import Estimation
import Network
import Optimization
import SearchSpace
import Tensors
import Training
import Wire

extension ShardComputation {
    /// On a device and where it was asked for; elsewhere each shard is by itself.
    var groupShards: Int { run.computesGroups ? job.groupShards(in: run.configuration) : 1 }

    /// The group as one batch. Its sum is that of its shards one by one but for rounding.
    ///
    /// - Parameter threads: that share the shard of a group of one; a batch of more is the device's.
    func compute(group: Range<Int>, threads: Int) throws -> (reports: [ShardReport], payload: Addend) {
        guard group.count > 1 else {
            let (report, payload) = try compute(shard: group.lowerBound, threads: threads)
            return ([report], payload)
        }
        precondition(group.count == groupShards)
        TorchRuntime.holdToOneThread()
        let inputs = try group.map { try trainingInputs($0, try run.images.batch($0, of: job, order: order)) }
        let shards = zip(group, inputs).map { shard, inputs in
            GroupedShard(
                mixture: inputs.mixture, pixels: inputs.batch.pixels, labels: inputs.batch.labels,
                dropPath: inputs.dropPath, noise: inputs.noise, lossFactor: lossFactor(shard) ?? 1)
        }
        let pass = try run.network.groupPass(weights, shards, leavesOut: job.mixing.leavesOut)
        let payload = pass.payload.yielded(job.yields, weightCount: pass.weightCount)
        let entry = payload.firstNonFinite
        let reports = zip(group, zip(inputs, pass.shards)).map { shard, part in
            report(shard, part.0, part.1, nonFiniteEntry: entry)
        }
        return (reports, payload)
    }

    /// - Parameter nonFiniteEntry: of the group's sum, which does not say whose it is.
    private func report(
        _ shard: Int, _ inputs: ShardInputs, _ outcome: GroupPass.Shard, nonFiniteEntry: Int?
    ) -> ShardReport {
        let credits = job.yields.contains(.alphaGradient) ? inputs.draw?.credits(outcome.credits) : nil
        let alphaGradient = credits.flatMap { inputs.draw?.sample.alphaGradient(credits: $0).entries } ?? []
        let isFinite = outcome.loss.isFinite && nonFiniteEntry == nil && alphaGradient.allSatisfy(\.isFinite)
        return ShardReport(
            shard: shard, imageCount: inputs.batch.count, loss: Float(outcome.loss), hits: outcome.hits,
            finite: isFinite, nonFiniteEntry: nonFiniteEntry, alphaGradient: alphaGradient,
            credits: credits?.entries ?? [])
    }
}

extension Addend {
    /// Of a step's payload, the weights' gradient and then the statistics, what a job yields.
    func yielded(_ yields: RoundYields, weightCount: Int) -> Addend {
        switch (yields.contains(.weightGradient), yields.contains(.statistics)) {
        case (true, true): self
        case (true, false): section(..<weightCount)
        case (false, true): section(weightCount...)
        case (false, false): .whole([])
        }
    }
}
