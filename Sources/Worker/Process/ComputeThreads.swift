import Host
import Optimization
import Wire

/// What a compute thread hands back to the shell.
enum ComputeOutcome: Sendable {
    case prepared(Preparation)
    case unfit(String)
    /// Shards that were computed at once, with the sum of their payloads.
    case shards(round: UInt64, [ShardReport], Addend)
    /// A shard that could not be computed: this worker cannot go on with the run.
    case failed(round: UInt64, String)
}

/// The worker's compute threads: as many shards side by side as there are threads, and fewer shared by them. Results lie in
/// `outcomes` and wake the shell.
final class ComputeThreads: Sendable {
    private let threads: AllottedThreads
    let outcomes = WorkQueue<ComputeOutcome>()
    let wake: WakeEvent

    /// Of preparations: no round has it.
    private static let preparations: UInt64 = 0

    init(count: Int) throws {
        wake = try WakeEvent()
        threads = try AllottedThreads(count: count, name: "compute")
    }

    func prepare(_ preparer: any RunPreparing, _ welcome: Welcome, data: [UInt8]?) {
        threads.add(
            [
                work(parts: 1) { _ in
                    do {
                        return .prepared(try preparer.prepare(welcome, data: data))
                    } catch { return .unfit(error.userSentence) }
                }
            ], group: Self.preparations)
    }

    func compute(_ loaded: any LoadedRound, round: UInt64, shards: [Int]) {
        threads.add(
            ShardRuns.ranges(of: shards, groupShards: loaded.groupShards).map { group in
                work(parts: group.count == 1 ? loaded.parts(of: group.lowerBound) : 1) { threads in
                    do {
                        let (reports, payload) = try loaded.compute(group: group, threads: threads)
                        return .shards(round: round, reports, payload)
                    } catch { return .failed(round: round, "shard \(group.lowerBound): \(error.userSentence)") }
                }
            }, group: round)
    }

    private func work(
        parts: Int, _ outcome: @escaping @Sendable (_ threads: Int) -> ComputeOutcome
    ) -> (work: AllottedThreads.Work, parts: Int) {
        let (outcomes, wake) = (outcomes, wake)
        return (
            { threads in
                outcomes.append([outcome(threads)])
                wake.signal()
            }, parts
        )
    }

    /// What has not begun is not wanted any more.
    func abandon() { threads.removeWaiting() }
}
