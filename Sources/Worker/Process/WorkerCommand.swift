package import Host
import Keys
import Launching
import Messaging
import Network
import Reporting
import Tensors

#if canImport(Glibc)
    import Glibc
#endif

/// `snas-worker` as a command.
package enum WorkerCommand {
    /// Says why the program ends.
    ///
    /// - Returns: the code to exit with.
    package static func fail(_ error: any Error) -> ExitCode { LogStream.worker.fail(error) }

    /// - Throws: `UserFacingError`.
    package static func run(_ allWords: [String]) throws -> ExitCode {
        let words = try LogStream.takeCommonFlags(from: allWords)
        if let code = try WorkerAbout.answer(words) { return code }
        let flags = try WorkerAbout.description.parse(words)
        let device = flags.values["device"].map { Spelling.trimmed($0).lowercased() } ?? "cpu"
        let environment = WorkerProgram.environment(device: device)
        if environment.contains(where: { HostInfo.environment($0.key) != $0.value }) {
            try HostInfo.restart(settingEnvironment: environment)
        }
        HostInfo.keepFreedMemory()
        if flags.toggles.contains("trainings") { return try trainings(flags) }
        if let run = flags.values["gradients"] { return try GradientStudy.run(on: run, flags) }
        if let run = flags.values["trace"] { return try TraceOrder.run(on: run, flags) }
        if let run = flags.values["recompute"] { return try RecomputationOrder.run(on: run, flags) }
        if let bench = flags.values["bench"], bench != "wire" { return try BenchProgram.run(bench, flags) }
        if flags.toggles.contains("versions") {
            try StandardStreams.print("\(software), kernels \(CellKernels.name)")
            return .done
        }
        if flags.toggles.contains("devices") {
            try DeviceReport.print(trying: flags.values["device"] == nil ? nil : device)
            return .done
        }
        let place = try ComputeDevice.ready(device)
        let signals = try SignalPipe(StopSignals.watched)
        let starter: StarterInput =
            flags.toggles.contains("launched") ? .control : flags.toggles.contains("ends_with_input") ? .life : .unread
        let keys = starter == .control ? try KeySource.handedInLines() : try KeySource.given(by: flags)
        let isProtected = keys != nil || flags.toggles.contains("insecure")
        let endpoints = try endpoints(flags, isProtected: isProtected)
        let rendezvous = flags.values["rendezvous"].map { path in
            RendezvousWatch(path: path) { try refuse($0, unless: isProtected) }
        }
        let threads = try threads(flags, device: device)
        let cores = CoreCount.ofThisProcess()
        // Who starts workers on this machine has said it of all of them.
        if starter != .life,
            let warning = CrowdedCores.line(1, "workers", threads: threads, on: cores)
        {
            LogStream.worker.say(warning)
        }
        let options = WorkerOptions(
            endpoints: endpoints, rendezvous: rendezvous, threads: threads,
            threadsOrigin: flags.values["threads"] != nil ? "--threads" : device == "cpu" ? "\(cores)" : device,
            device: place.fullName,
            software: software,
            connectLimit: try connectLimit(flags), isQuiet: LogStream.isQuiet,
            keys: try keys.map { try WorkerKeys($0) }, starter: starter,
            chaos: try flags.values["chaos"].map { try Chaos(parsing: $0) })
        if flags.values["bench"] == "wire" {
            return try WorkerProcess(options, preparer: IdlePreparation(), signals: signals).run()
        }
        let path = try cellPath(flags.values["kernels"] ?? "auto", device: device)
        let isGrouped = flags.toggles.contains("grouped")
        guard !isGrouped || path == .operators else {
            throw UserError(.usage, "--grouped computes by libtorch's operators: give --kernels operators too")
        }
        let preparer = NetworkPreparation(
            dataFolder: flags.values["data"], cacheFolder: flags.values["cache"], device: device, path: path,
            isGrouped: isGrouped)
        return try WorkerProcess(options, preparer: preparer, signals: signals).run()
    }

    static var software: String {
        "snas \(ProgramVersion.number), libtorch \(TorchRuntime.fullVersion), libzmq \(MessagingContext.version)"
    }

    /// The kernels on the processor, libtorch's operators elsewhere or where they are asked for.
    static func cellPath(_ text: String, device: String) throws -> CellPath {
        let name = Spelling.trimmed(text).lowercased()
        if name == "operators" || (name == "auto" && device != "cpu") { return .operators }
        guard device == "cpu" else {
            throw UserError(.usage, "--kernels is '\(name)', but on \(device) there are libtorch's operators alone")
        }
        guard CellKernels.choose(name) else {
            throw UserError(
                .usage,
                "--kernels is '\(name)'; it takes auto, operators, or what this processor (\(HostInfo.processor())) has of "
                    + "avx512, avx2, portable")
        }
        return .kernels
    }

    private static func endpoints(_ flags: CommandLineFlags, isProtected: Bool) throws -> [Endpoint] {
        guard let coordinators = try NamedCoordinators.given(by: flags) else {
            guard flags.values["rendezvous"] == nil else { return [] }
            throw UserError(
                .usage,
                "--connect ENDPOINT or --rendezvous FILE is missing, and there is no \(NamedCoordinators.variable); "
                    + "snas-worker --help lists all flags")
        }
        return try coordinators.texts.map { text in
            let endpoint = try coordinators.explaining { try Endpoint(toDial: text) }
            try refuse(endpoint, unless: isProtected)
            return endpoint
        }
    }

    /// - Throws: `UserError` (noPermission) for another machine without keys and without `--insecure`.
    private static func refuse(_ endpoint: Endpoint, unless isProtected: Bool) throws {
        guard endpoint.isLocal || isProtected else {
            throw UserError(
                .noPermission,
                "\(endpoint) is another machine and without --keys anyone on the way can read and change what is sent: "
                    + "give --keys DIR, a folder that snas keygen made, or accept it with --insecure")
        }
    }

    /// What `snas truth` starts. A signal to the whole terminal is the other program's affair; the end of standard input ends this
    /// one.
    private static func trainings(_ flags: CommandLineFlags) throws -> ExitCode {
        let signals = try SignalPipe(StopSignals.watched.filter { $0 != SIGTERM })
        defer { withExtendedLifetime(signals) {} }
        try TrainingService(
            threads: try threads(flags), path: try cellPath(flags.values["kernels"] ?? "auto", device: "cpu"),
            software: software, oneShotRun: flags.values["one_shot"]
        ).run()
        return .done
    }

    /// - Parameter device: takes one thread, which feeds it; the processor as many as there are.
    static func threads(_ flags: CommandLineFlags, device: String = "cpu") throws -> Int {
        let isDevice = device != "cpu"
        guard let text = flags.values["threads"] else { return isDevice ? 1 : HostInfo.coreCount() }
        guard let threads = Spelling.whole(text), (1...1024).contains(threads) else {
            throw UserError(.usage, "--threads is '\(text)'; it takes 1 to 1024")
        }
        guard !isDevice || threads == 1 else {
            throw UserError(.usage, "--threads is \(threads), but \(device) is fed by one thread")
        }
        return threads
    }

    private static func connectLimit(_ flags: CommandLineFlags) throws -> Duration {
        guard let text = flags.values["connect_timeout_s"] else { return .seconds(60) }
        guard let seconds = Spelling.real(text), (0.1...86_400).contains(seconds) else {
            throw UserError(.usage, "--connect_timeout_s is '\(text)'; it takes 0.1 to 86400")
        }
        return .seconds(seconds)
    }
}
