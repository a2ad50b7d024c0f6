import Formats
package import Host

/// A word to whoever starts more than the cores can keep busy: it works, and is slow.
package enum CrowdedCores {
    /// Nil where there is a core for every thread.
    ///
    /// - Parameters:
    ///   - workers: that are started together, by name in the plural, as "workers".
    ///   - threads: of each.
    package static func line(
        _ count: Int, _ workers: String, threads: Int, on cores: CoreCount
    ) -> LogLine? {
        guard count * threads > cores.count else { return nil }
        let who =
            count == 1 ? "\(threads) threads" : "\(count) \(workers) of \(threads) thread\(threads == 1 ? "" : "s")"
        return LogLine(
            .note,
            "\(who) share \(cores.count) core\(cores.count == 1 ? "" : "s") (\(cores)): each waits for the others, and takes memory all "
                + "the same; as many threads as cores compute fastest",
            level: .warning,
            ["workers": .integer(count), "threads": .integer(threads), "cores": .integer(cores.count)])
    }
}
