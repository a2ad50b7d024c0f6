/// A host that workers are started on: a line of a host file.
package struct WorkerHost: Sendable, Hashable {
    /// As ssh is given it: a name, an address, or what the user's ssh configuration knows, perhaps with `user@` in front.
    package let name: String
    /// Nil leaves it to ssh.
    package let port: Int?
    /// Workers on this host.
    package var slots = 1
    /// Of each worker; nil is all cores of the host, parted among its workers.
    package var threads: Int?
    /// `cpu` or `cuda:0`; nil is the worker's own default.
    package var device: String?
    /// A folder of the data set on that host; nil lets the worker fetch it from the coordinator.
    package var data: String?

    package init(_ name: String, port: Int? = nil) {
        self.name = name
        self.port = port
    }

    /// For sentences.
    package var description: String { port.map { "\(name):\($0)" } ?? name }

    /// What its key and its workers' logs are called: letters, digits, `-`, `_` and `.` alone.
    package var label: String {
        let plain = description.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" }
        let trimmed = String(plain).drop { $0 == "." || $0 == "-" }
        return String(trimmed.prefix(Self.labelLimit))
    }

    /// A key's name takes 64.
    private static let labelLimit = 56

    /// What a worker there is told of its host's line.
    var workerWords: [String] {
        [("threads", threads.map { "\($0)" }), ("device", device), ("data", data)]
            .flatMap { name, value in value.map { ["--\(name)", $0] } ?? [] }
    }
}
