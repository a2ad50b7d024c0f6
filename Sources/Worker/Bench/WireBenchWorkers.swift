import Configuration
import Datasets
import Formats
import Host
import Messaging
import Optimization
import SearchSpace
import Wire

/// A worker of `snas bench wire` and `snas doctor --hosts`: the real shell and protocol around a computation that computes nothing.
struct IdlePreparation: RunPreparing {
    func prepare(_ welcome: Welcome, data: [UInt8]?) throws -> Preparation {
        // How large images are decides how many weights there are.
        guard let data else { return .dataWanted }
        let set = try ImageSet(canonicalBytes: data, source: "data set from the coordinator")
        let configuration = try SearchConfiguration(canonicalText: welcome.configuration)
        let plan = configuration.plan(
            image: ImageShape(channels: set.channels, height: set.height, width: set.width), classes: set.classes)
        let layout = WeightLayout.superNetwork(plan)
        let nothing = Digest128(high: 0, low: 0)
        return .ready(
            IdleComputation(payload: [Float](repeating: 0, count: layout.weightCount + layout.statisticCount)),
            Readiness(
                layoutDigest: XXH3.hash128(Array(layout.canonicalText.utf8)), dataDigest: welcome.dataDigest,
                probe: nothing, mathTable: nothing))
    }
}

private struct IdleComputation: RoundComputing {
    let payload: [Float]

    func load(_ job: RoundJob, weights: GatheredBlob, statistics: GatheredBlob?) throws -> any LoadedRound {
        IdleRound(job: job, payload: payload)
    }
}

private struct IdleRound: LoadedRound {
    let job: RoundJob
    let payload: [Float]

    func compute(shard: Int, threads: Int) throws -> (report: ShardReport, payload: Addend) {
        let zeros = [Float](repeating: 0, count: job.table.count)
        let report = ShardReport(
            shard: shard, imageCount: job.imageCount / job.shardCount, loss: 1, hits: 0, finite: true,
            alphaGradient: zeros, credits: zeros)
        return (report, .whole(payload))
    }
}
