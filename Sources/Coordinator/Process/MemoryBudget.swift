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

    /// What the process may take.
    package private(set) var limitBytes: Int

    /// - Parameters:
    ///   - startBytes: what the process takes with its data set and its state, and nothing sent yet.
    ///   - payloadBytes: of one contribution.
    ///   - shards: contributions of one round at most.
    package init(startBytes: Int, payloadBytes: Int, shards: Int) {
        limitBytes = startBytes + Self.slackBytes + (shards + Self.copies) * payloadBytes
    }

    /// Whether the process takes more.
    package func isExceeded(by residentBytes: Int) -> Bool { residentBytes > limitBytes }

    /// What is still taken when everything was freed that could be belongs to the run.
    package mutating func raise(over residentBytes: Int) {
        limitBytes = max(limitBytes, residentBytes + Self.slackBytes)
    }
}
