package import Keys
package import Messaging

/// What a worker is told on its command line.
package struct WorkerOptions: Sendable {
    /// Of coordinators, tried in turn; at least one where no rendezvous file tells any.
    package var endpoints: [Endpoint]
    /// A file that tells where the coordinator is, before those.
    package var rendezvous: RendezvousWatch?
    /// That compute: shards side by side, and fewer shards together.
    package var threads: Int
    /// Where their number comes from, for the log.
    package var threadsOrigin: String
    /// Told to the coordinator; what computes has its own copy (`NetworkPreparation`).
    package var device: String
    /// Versions of this program and its libraries, told to the coordinator.
    package var software: String
    /// How long it dials while no coordinator answers, before it ends.
    package var connectLimit: Duration
    /// Says nothing but warnings and why it ends.
    package var isQuiet: Bool
    /// Nil dials without encryption.
    package var keys: WorkerKeys?
    /// What its standard input, whose other end the program that started it holds, is to it.
    package var starter: StarterInput
    /// Faults that it does to itself.
    package var chaos: Chaos?

    /// From the command line, each value checked.
    package init(
        endpoints: [Endpoint], rendezvous: RendezvousWatch? = nil, threads: Int, threadsOrigin: String = "--threads",
        device: String, software: String,
        connectLimit: Duration, isQuiet: Bool,
        keys: WorkerKeys? = nil, starter: StarterInput = .unread, chaos: Chaos? = nil
    ) {
        self.endpoints = endpoints
        self.rendezvous = rendezvous
        self.threads = threads
        self.threadsOrigin = threadsOrigin
        self.device = device
        self.software = software
        self.connectLimit = connectLimit
        self.isQuiet = isQuiet
        self.keys = keys
        self.starter = starter
        self.chaos = chaos
    }
}
