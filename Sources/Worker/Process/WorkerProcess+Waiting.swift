import Host
import Messaging
import Reporting
import SearchProtocol

/// How long a worker's loop waits at most, and what a service manager sees of it.
extension WorkerProcess {
    /// Until the next thing that no socket tells of is due.
    func longestWait(at now: Duration) -> Duration {
        let due = [instance.wakeTime, chaos?.deadline].compactMap(\.self).map { $0 - now }
        return (due + [manager?.longestWait(at: now)].compactMap(\.self)).min() ?? .zero
    }

    /// A worker is ready for its manager as soon as it dials: whether there is a search to take part in is another machine's affair,
    /// and must not hold up the start of this one. What it is at stands in the status.
    var serviceStatus: String {
        let run = place.run ?? "unknown"
        return switch instance.phase {
        case .greeting where endpoints.isEmpty: "waits for \(rendezvous?.path ?? "a coordinator")"
        case .greeting: "dialling \(endpoints.map(\.description).joined(separator: ", "))"
        case .preparing, .fetchingData: "prepares itself for run \(run)"
        case .ready: "takes part in run \(run)"
        case .finished: "leaves"
        }
    }
}
