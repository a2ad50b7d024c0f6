import Host
import Training

/// How much memory a coordinator may take for what it was sent. libzmq keeps whatever has no end yet, and what waits for peers
/// that do not read: over this budget its socket is closed and opened again, which frees all of it.
package struct MemoryBudget {
    /// Beyond what the run itself needs: queues of many workers, files on their way to the disk, in bytes.
    package static let slackBytes = 256 << 20
    /// Copies of all weights and statistics that may be held at once besides one for each shard: contributions on their way, sums,
    /// the round's weights, checkpoints.
    package static let copies = 24

    /// How long what a cut connection had brought may stay taken: libzmq frees it when it sees the end of the stream.
    package static let returnTime: Duration = .seconds(2)
    /// What cut connections may have brought beyond the limit, in bytes: more is not waited for.
    package static let returnedBytes = 512 << 20

    /// What the process may take.
    package private(set) var limitBytes: Int
    private var lastCut: Duration?
    private var overSince: Duration?

    /// - Parameters:
    ///   - startBytes: what the process takes with its data set and its state, and nothing sent yet.
    ///   - payloadBytes: of one contribution.
    ///   - shards: contributions of one round at most.
    package init(startBytes: Int, payloadBytes: Int, shards: Int) {
        limitBytes = startBytes + Self.slackBytes + (shards + Self.copies) * payloadBytes
    }

    /// Whether the process takes more.
    package func isExceeded(by residentBytes: Int) -> Bool { residentBytes > limitBytes }

    /// Connections were cut, and what they brought is about to be freed.
    package mutating func connectionsWereCut(at now: Duration) { lastCut = now }

    /// Whether the process takes more, and cutting connections does not help: not within `returnTime` of a cut, nor of the moment
    /// at which it first took more, so that ever new connections that are cut do not put it off.
    package mutating func isExceededForGood(by residentBytes: Int, at now: Duration) -> Bool {
        guard isExceeded(by: residentBytes) else {
            overSince = nil
            return false
        }
        let since = overSince ?? now
        overSince = since
        guard let lastCut, residentBytes - limitBytes <= Self.returnedBytes else { return true }
        return now - lastCut >= Self.returnTime || now - since >= Self.returnTime
    }

    /// What is still taken when everything was freed that could be belongs to the run.
    package mutating func raise(over residentBytes: Int) {
        overSince = nil
        limitBytes = max(limitBytes, residentBytes + Self.slackBytes)
    }
}
