import Configuration
import Coordinator
import Formats
import Host
import Launching
import Messaging
import Reporting

/// A run whose coordinator and workers are all on this machine.
enum LocalRun {
    private static let socketName = "coordinator"
    /// The most that a worker takes.
    private static let dialLimitSeconds = 86_400

    /// Coordinates until the run is over or a signal asks to stop. Workers come over a new socket in a folder that only
    /// this user can enter, which is why they need no keys.
    ///
    /// - Parameter session: makes or opens the run, once all that a run needs on this machine is there: what is missing leaves no
    ///   run's folder behind.
    static func run(
        workers: LocalWorkerFlags, signals: SignalPipe, pages: RunPages? = nil, printsResults: Bool = true,
        session: () throws -> any RunSession
    ) throws -> ExitCode {
        _ = try WorkerProgram.path()
        let folder = try ScratchFolder(prefix: "snas-", socketName: socketName, pathBytes: Endpoint.pathBytes)
        defer { withExtendedLifetime(folder) {} }
        let (router, endpoint) = try ListeningPort.bind(
            try Endpoint(parsing: "ipc://\(folder.path)/\(socketName)"), keys: nil)
        // They load their libraries while the run is made. However long that takes, they wait: they end when this program does.
        let children = try LocalWorkers(
            threads: workers.threads, endpoint: endpoint,
            extra: ["--connect_timeout_s", "\(Self.dialLimitSeconds)"]
                + (workers.kernels.map { ["--kernels", $0] } ?? []) + LogStream.words)
        let session = try session()
        let coordinator = try session.discardingUnused {
            let wanted = session.configuration.cluster.minWorkers
            guard wanted <= workers.count else {
                throw UserError(
                    .configuration,
                    "min_workers \(wanted) is more than --workers \(workers.count), and no others can join here: give --workers "
                        + "\(wanted), or wait for fewer")
            }
            let training = session.configuration.training
            if session is TrainingSession, let idle = IdleThreads(of: workers.allThreads, training) {
                LogStream.snas.say(LogLine(.note, idle.words, level: .warning, ["idle_threads": .integer(idle.count)]))
            }
            return try CoordinatorProcess(
                session: session, router: router, signals: signals, workers: children, pages: pages,
                printsResults: printsResults)
        }
        defer { coordinator.stopWorkers() }
        return try coordinator.run()
    }
}
