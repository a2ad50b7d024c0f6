import Coordinator
import Host

/// Where the workers of a run are: started here, started on other hosts, or started by hand.
enum RunPlace {
    /// Of a command that leaves it to its user.
    static let flags = [LocalWorkerFlags.flags, LaunchedRun.flags, ListeningPort.flags, PageFlags.flags]

    case here(LocalWorkerFlags, CommandLineFlags)
    case onHosts(CommandLineFlags)
    case byHand(CommandLineFlags)

    /// - Throws: `UserError` (usage) for flags that speak of several places.
    init(_ flags: CommandLineFlags) throws {
        let isOnHosts = flags.values["hosts"] != nil
        if !isOnHosts, let name = LaunchedRun.flags.firstGiven(in: flags) {
            throw UserError(.usage, "--\(name) goes with --hosts: it is about workers that are started on other hosts")
        }
        guard isOnHosts || flags.values["bind"] != nil else {
            try ListeningPort.refuseFlagsWithoutBind(flags)
            self = .here(try LocalWorkerFlags(flags), flags)
            return
        }
        try LocalWorkerFlags.refuse(flags, beside: isOnHosts ? "hosts" : "bind")
        if isOnHosts {
            try LaunchedRun.hosts(flags)
            if flags.values["rendezvous"] != nil {
                throw UserError(.usage, "--rendezvous is for workers that are started by hand; --hosts starts them")
            }
        }
        self = isOnHosts ? .onHosts(flags) : .byHand(flags)
    }

    /// Coordinates until the run is over or a signal asks to stop.
    ///
    /// - Parameter session: makes or opens the run, once all that a run needs from here is there.
    func run(signals: SignalPipe, session: () throws -> any RunSession) throws -> ExitCode {
        switch self {
        case .here(let workers, let flags):
            return try LocalRun.run(
                workers: workers, signals: signals, pages: try PageFlags.pages(flags), session: session)
        case .onHosts(let flags):
            let pages = try PageFlags.pages(flags)
            return try LaunchedRun(flags).run(signals: signals, pages: pages, session: session)
        case .byHand(let flags):
            let pages = try PageFlags.pages(flags)
            let port = try ListeningPort(flags)
            return try port.run(try session(), signals: signals, pages: pages)
        }
    }
}
