import Host
import Optimization
import Wire

/// What a compute thread hands back to the shell.
enum ComputeOutcome: Sendable {
    case prepared(Preparation)
    case unfit(String)
    case shard(round: UInt64, ShardReport, Addend)
    /// A shard that could not be computed: this worker cannot go on with the run.
    case failed(round: UInt64, String)
}

/// The worker's compute threads: one shard runs on one of them from start to end, several side by side. Results lie in
/// `outcomes` and wake the shell.
final class ComputeThreads: Sendable {
    private let work = WorkQueue<@Sendable () -> ComputeOutcome>()
    let outcomes = WorkQueue<ComputeOutcome>()
    let wake: WakeEvent

    init(count: Int) throws {
        wake = try WakeEvent()
        let (work, outcomes, wake) = (work, outcomes, wake)
        for number in 0..<count {
            _ = try NativeThread(name: "compute \(number)") {
                while let job = work.next() {
                    outcomes.append([job()])
                    wake.signal()
                }
            }
        }
    }

    deinit { work.close() }

    func prepare(_ preparer: any RunPreparing, _ welcome: Welcome, data: [UInt8]?) {
        work.append([
            {
                do {
                    return .prepared(try preparer.prepare(welcome, data: data))
                } catch { return .unfit(error.userSentence) }
            }
        ])
    }

    func compute(_ loaded: any LoadedRound, round: UInt64, shards: [Int]) {
        work.append(
            shards.map { shard in
                {
                    do {
                        let (report, payload) = try loaded.compute(shard: shard)
                        return .shard(round: round, report, payload)
                    } catch { return .failed(round: round, "shard \(shard): \(error.userSentence)") }
                }
            })
    }

    /// What has not begun is not wanted any more.
    func abandon() { work.removeAll() }

}
