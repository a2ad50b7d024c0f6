import Wire

/// What a launcher and a worker that it started elsewhere tell each other over the worker's standard streams.
///
/// The launcher writes the worker's keys, then holds the pipe open; it closes it only by its own end, and writes `leave` where the
/// worker is to go while the search goes on. The worker writes one line, who it is. Everything else between the two goes through the
/// coordinator.
package enum ControlPipe {
    /// Tells the worker to leave.
    package static let leave = "leave"
    /// What stands in front of a worker's identity.
    package static let greeting = "snas-worker is "

    /// Whoever a line of a worker's standard output names; nil for other lines, which a user's shell may write there.
    static func identity(in line: String) -> WorkerIdentity? {
        guard line.hasPrefix(greeting) else { return nil }
        return WorkerIdentity(digits: line.dropFirst(greeting.count))
    }
}
