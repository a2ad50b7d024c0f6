import Host
import SearchProtocol

extension WorkerEnding {
    /// What is said of it, and the code to exit with.
    ///
    /// - Parameter endpoints: that were dialled.
    func words(endpoints: String) -> (sentence: String?, code: ExitCode) {
        switch self {
        case .runOver: (nil, .done)
        case .paused(let reason): ("leaving: \(reason), and its run is not over", .temporary)
        case .drained(let reason): ("leaving: \(reason)", .temporary)
        case .refused(let sentence): ("the coordinator refuses this worker: \(sentence)", .protocolMismatch)
        case .unfit(let sentence): (sentence, .data)
        case .coordinatorUnreachable(let limit, let run):
            (
                "no coordinator answered at \(endpoints) for \(limit.seconds) s (--connect_timeout_s)"
                    + (run.map {
                        "; the one of run \($0) has ended or cannot be reached: if the run is resumed, start this worker again"
                    } ?? ""), .unavailable
            )
        }
    }
}
