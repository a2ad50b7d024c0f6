package import Keys
package import Messaging

/// What a worker is told on its command line.
package struct WorkerOptions: Sendable {
    package var endpoints: [Endpoint]
    package var threads: Int
    package var device: String
    package var software: String
    package var connectLimit: Duration
    package var isQuiet: Bool
    /// Nil dials without encryption.
    package var keys: WorkerKeys?
    /// Faults that it does to itself.
    package var chaos: Chaos?

    package init(
        endpoints: [Endpoint], threads: Int, device: String, software: String, connectLimit: Duration, isQuiet: Bool,
        keys: WorkerKeys? = nil, chaos: Chaos? = nil
    ) {
        self.endpoints = endpoints
        self.threads = threads
        self.device = device
        self.software = software
        self.connectLimit = connectLimit
        self.isQuiet = isQuiet
        self.keys = keys
        self.chaos = chaos
    }
}
