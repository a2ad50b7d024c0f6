import Configuration
import Coordinator
import Host
import Messaging
import Reporting

/// A run whose coordinator and workers are all on this machine.
enum LocalRun {
    /// Coordinates until the run is over or a signal asks to stop. Workers come over a new socket in a folder that only
    /// this user can enter, which is why they need no keys.
    static func run(
        _ session: any RunSession, workers: LocalWorkerFlags, signals: SignalPipe, printsResults: Bool = true
    ) throws -> ExitCode {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-")
        defer { try? FileSystem.removeTree(folder) }
        let (router, endpoint) = try ListeningPort.bind(
            try Endpoint(parsing: "ipc://\(folder)/coordinator"), keys: nil)
        let children = try LocalWorkers(
            count: workers.count, threads: workers.threads, endpoint: endpoint,
            extra: ["--connect_timeout_s", "\(session.configuration.cluster.connectTimeoutSeconds)"]
                + (workers.kernels.map { ["--kernels", $0] } ?? []) + LogStream.words)
        defer { children.stop() }
        return try CoordinatorProcess(
            session: session, router: router, signals: signals, workers: children, printsResults: printsResults
        ).run()
    }
}
