import Host
import Synchronization

/// What a coordinator tells of its run to whoever asks over HTTP, as it stood a moment ago: written by the coordinator's thread, read by
/// the server's, so that no caller ever waits for a step, nor a step for a caller.
final class PublishedRun: Sendable {
    struct Documents: Sendable {
        /// Of the run's folder; nil before there is one.
        var path: String?
        /// As in `status.json`; nil before the run has begun.
        var status: String?
        /// For Prometheus.
        var metrics: String?
        /// The cell as it stands; nil before an epoch has ended.
        var genotype: String?
        /// When the coordinator's loop came by.
        var at: Duration = .zero
    }

    private let documents = Mutex(Documents())

    var newest: Documents { documents.withLock { $0 } }

    func publish(_ change: (inout Documents) -> Void) {
        documents.withLock { documents in
            change(&documents)
            documents.at = Clock.monotonic()
        }
    }
}
