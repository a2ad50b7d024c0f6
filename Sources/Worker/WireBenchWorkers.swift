import Configuration
import Formats
import Host
import Messaging
import SearchSpace
import Wire

/// A worker of `snas bench wire`: the real shell and protocol around a computation that computes nothing.
struct IdlePreparation: RunPreparing {
    func prepare(_ welcome: Welcome, data: [UInt8]?) throws -> Preparation {
        let configuration = try SearchConfiguration(canonicalText: welcome.configuration)
        // The bench's coordinator runs on the embedded digits.
        let plan = configuration.plan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 10)
        let layout = WeightLayout.superNetwork(plan)
        let nothing = Digest128(high: 0, low: 0)
        return .ready(
            IdleComputation(layout: layout),
            Readiness(
                layoutDigest: XXH3.hash128(Array(layout.canonicalText.utf8)), dataDigest: welcome.dataDigest,
                probe: nothing, mathTable: nothing))
    }
}

private struct IdleComputation: RoundComputing {
    let layout: WeightLayout

    func load(_ job: RoundJob, weights: [UInt8], statistics: [UInt8]?) throws -> any LoadedRound {
        IdleRound(job: job, payload: [Float](repeating: 0, count: layout.weightCount + layout.statisticCount))
    }
}

private struct IdleRound: LoadedRound {
    let job: RoundJob
    let payload: [Float]

    func compute(shard: Int) throws -> (report: ShardReport, payload: [Float]) {
        let zeros = [Float](repeating: 0, count: job.table.count)
        let report = ShardReport(
            shard: shard, imageCount: job.imageCount / job.shardCount, loss: 1, hits: 0, finite: true,
            alphaGradient: zeros, credits: zeros)
        return (report, payload)
    }
}

/// The other side of the raw rate: gives back as many frames as it is given, a round at a time, over one libzmq socket.
enum RawEcho {
    /// A frame of one byte ends it; the first one sent makes it known.
    static func run(_ endpoint: Endpoint, framesARound: Int) throws -> ExitCode {
        let dealer = try DealerSocket(try MessagingContext())
        try dealer.connect(endpoint)
        while try dealer.send([1]) != .sent {
            Poller.wait(sockets: [dealer], fileDescriptors: [], timeout: .milliseconds(20))
        }
        var held: [[UInt8]] = []
        while true {
            guard let frame = dealer.receive() else {
                Poller.wait(sockets: [dealer], fileDescriptors: [], timeout: .seconds(1))
                continue
            }
            if frame.count == 1 { return .done }
            held.append(frame)
            guard held.count == framesARound else { continue }
            for frame in held {
                while try dealer.send(frame) != .sent {
                    Poller.wait(sockets: [dealer], fileDescriptors: [], timeout: .milliseconds(1))
                }
            }
            held = []
        }
    }
}
