import Configuration
import Coordinator
import Formats
import Host
import Keys
import Launching
import Messaging
import Reporting
import RunStore
import Wire

/// A run whose coordinator is here and whose workers are started on other hosts, by ssh: `--hosts` and what goes with it.
struct LaunchedRun {
    static let flags = FlagGroup(
        "workers on other hosts",
        [
            .value(
                "hosts", "FILE|LIST",
                "a file with a line a host, as 'gpu01:22 slots=2 threads=8 device=cpu data=/scratch/cifar10', or names "
                    + "with commas between them", .files),
            .value("ssh", "COMMAND", "how a host is reached, as 'ssh -p 2222'", standard: "ssh"),
            .toggle("copy", "copies the snas-worker of this machine, with its Swift runtime, to hosts that lack it"),
            .value("program", "PATH", "the snas-worker there; without it this one's path, then the PATH of the host"),
        ])

    /// Of a command that has its workers on other hosts in any case.
    static let bindFlag = FlagGroup(
        "where workers reach it",
        [
            .value(
                "bind", "ENDPOINT", "address to listen at; * is all addresses, or any free port",
                standard: standardEndpoint),
            .value(
                "advertise", "ADDRESS",
                "host or host:port where hosts dial; without it the address that ssh came from, then all others of this machine"
            ),
        ])

    private static let standardEndpoint = "tcp://*:*"

    let hosts: (list: HostList, path: String?)
    let ssh: SSHCommand
    let program: String
    private let copy: ProgramCopy?
    let router: RouterSocket
    let keys: MadeKeys
    private let addresses: [String]
    private let callerPort: Int?

    /// Listens, after everything that can be seen from here was found in order.
    ///
    /// - Throws: `UserError`.
    init(_ flags: CommandLineFlags) throws {
        hosts = try Self.hosts(flags)
        ssh = try SSHCommand(flags.values["ssh"])
        guard flags.values["program"] == nil || !flags.toggles.contains("copy") else {
            throw UserError(.usage, "--program says where the program is there, and --copy brings it")
        }
        copy = flags.toggles.contains("copy") ? try ProgramCopy(of: try WorkerProgram.path()) : nil
        program = try flags.values["program"] ?? WorkerProgram.expectedPath()
        keys = try MadeKeys()
        let endpoint = try Endpoint(parsing: flags.values["bind"] ?? Self.standardEndpoint)
        guard endpoint.path == nil else {
            throw UserError(
                .usage, "--bind is '\(endpoint)', which no other machine reaches; it takes tcp://address:port")
        }
        let bound = try ListeningPort.bind(endpoint, keys: CoordinatorKeys(keys))
        router = bound.router
        let port = try Self.port(bound.endpoint)
        if let advertised = try ListeningPort.advertised(flags, at: endpoint) {
            addresses = [advertised.endpoint(listeningAt: port).description]
            callerPort = nil
        } else {
            addresses = router.dialable.map(\.description)
            callerPort = router.isAtEveryAddress ? port : nil
        }
        guard !addresses.isEmpty || callerPort != nil else {
            throw UserError(
                .configuration, "this machine has no address that a host could dial: give --advertise ADDRESS")
        }
        let places = addresses.isEmpty ? "port \(port)" : addresses.joined(separator: ", ")
        LogStream.snas.say(
            LogLine(
                .listening,
                "listening at \(bound.endpoint), with keys; workers on \(hosts.list.summary) dial \(places)",
                ["endpoint": .string(bound.endpoint)]))
    }

    /// The hosts that the flags name: what is to be found before anything is read or listened at.
    ///
    /// - Throws: `UserError`: usage, noInput or configuration.
    @discardableResult
    static func hosts(_ flags: CommandLineFlags) throws -> (list: HostList, path: String?) {
        guard let text = flags.values["hosts"] else {
            throw UserError(.usage, "--hosts is missing: a file with a line a host, or names with commas between them")
        }
        if let name = KeySource.flagNames.first(where: { flags.values[$0] != nil }) {
            throw UserError(.usage, "--\(name): with --hosts keys are made for the run, and for each host")
        }
        return try HostList.given(text)
    }

    private static func port(_ endpoint: String) throws -> Int {
        guard let port = try Endpoint(parsing: endpoint).port else {
            throw UserError(.internalFault, "\(endpoint) has no port")
        }
        return port
    }

    /// Coordinates until the run is over or a signal asks to stop.
    ///
    /// - Parameter session: makes or opens the run.
    func run(signals: SignalPipe, pages: RunPages?, session: () throws -> any RunSession) throws -> ExitCode {
        let session = try session()
        let coordinator = try session.discardingUnused {
            let plan = plan(
                workerWords: ["--connect_timeout_s", "\(session.configuration.cluster.connectTimeoutSeconds)"]
                    + LogStream.words,
                logFolder: "\(session.directory.path)/workers", isShown: Terminal.isRedrawable && !LogStream.isQuiet)
            return try CoordinatorProcess(
                session: session, router: router, signals: signals,
                workers: try LaunchedWorkers(plan, hosts.list, path: hosts.path), keys: CoordinatorKeys(keys),
                pages: pages)
        }
        defer { coordinator.stopWorkers() }
        return try coordinator.run()
    }

    /// How workers are started on the hosts.
    func plan(workerWords: [String], logFolder: String, isShown: Bool) -> LaunchPlan {
        LaunchPlan(
            ssh: ssh, program: program, copy: copy, wireVersion: Int(WireLimits.version), addresses: addresses,
            callerPort: callerPort, workerWords: workerWords, keys: keys, logFolder: logFolder, isShown: isShown)
    }
}
