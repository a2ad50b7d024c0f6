package import Optimization
package import Wire

/// The seam between the worker's shell and what it computes: the shell is tested with a fake.
package protocol RunPreparing: Sendable {
    /// Builds everything for the run; takes as long as it takes, on a thread of its own.
    ///
    /// - Parameter data: the data set's canonical form, when it came over the wire.
    /// - Throws: an error whose sentence says why this worker cannot take part.
    func prepare(_ welcome: Welcome, data: [UInt8]?) throws -> Preparation
}

/// What came of getting ready for a run.
package enum Preparation: Sendable {
    /// This machine has no copy of the data set.
    case dataWanted
    case ready(any RoundComputing, Readiness)
}

/// A run that this worker is ready for.
package protocol RoundComputing: Sendable {
    /// Makes a round's inputs ready for its shards.
    /// - Parameters: bytes as they came over the wire, digests checked.
    func load(_ job: RoundJob, weights: GatheredBlob, statistics: GatheredBlob?) throws -> any LoadedRound
}

/// A round whose weights are at hand.
package protocol LoadedRound: Sendable {
    /// Into how many parts the shard's images are cut: as many threads can share it, and more are of no use.
    func parts(of shard: Int) -> Int

    /// A pure function of configuration, data, weights, job and shard. Called from several threads at once.
    ///
    /// - Parameter threads: that share it, the calling one included; their number changes nothing of the result.
    /// - Returns: the report, and the payload that is summed over shards: parts of a vector where the job's mixing leaves others out.
    func compute(shard: Int, threads: Int) throws -> (report: ShardReport, payload: Addend)
    /// How many shards are computed at once, from each multiple of it on; 1 where each is by itself.
    var groupShards: Int { get }
    /// The same of one shard, or of all shards of a group.
    /// - Returns: the reports by shard, and the payloads' sum.
    func compute(group: Range<Int>, threads: Int) throws -> (reports: [ShardReport], payload: Addend)
}

extension LoadedRound {
    /// One: what cuts its images says so.
    package func parts(of shard: Int) -> Int { 1 }

    /// On the calling thread alone.
    package func compute(shard: Int) throws -> (report: ShardReport, payload: Addend) {
        try compute(shard: shard, threads: 1)
    }

    package var groupShards: Int { 1 }

    package func compute(group: Range<Int>, threads: Int) throws -> (reports: [ShardReport], payload: Addend) {
        precondition(group.count == 1)
        let (report, payload) = try compute(shard: group.lowerBound, threads: threads)
        return ([report], payload)
    }
}
