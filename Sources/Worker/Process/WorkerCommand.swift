package import Host
import Keys
import Messaging
import Network
import Reporting
import Tensors

#if canImport(Glibc)
    import Glibc
#endif

/// `snas-worker` as a command.
package enum WorkerCommand {
    /// Kernel libraries read these when they are loaded: with more threads than one OpenBLAS changes the bits of small
    /// pointwise convolutions.
    private static let singleThread: KeyValuePairs = [
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    ]

    /// Says why the program ends.
    ///
    /// - Returns: the code to exit with.
    package static func fail(_ error: any Error) -> ExitCode { LogStream.worker.fail(error) }

    /// - Throws: `UserFacingError`.
    package static func run(_ allWords: [String]) throws -> ExitCode {
        let words = try LogStream.takeCommonFlags(from: allWords)
        if let code = try WorkerAbout.answer(words) { return code }
        let flags = try WorkerAbout.description.parse(words)
        if singleThread.contains(where: { HostInfo.environment($0.key) != $0.value }) {
            try HostInfo.restart(settingEnvironment: singleThread)
        }
        HostInfo.keepFreedMemory()
        if flags.toggles.contains("trainings") { return try trainings(flags) }
        if let run = flags.values["gradients"] { return try GradientStudy.run(on: run, flags) }
        if let bench = flags.values["bench"], bench != "wire" { return try Self.bench(bench, flags) }
        if flags.toggles.contains("versions") {
            try StandardStreams.print("\(software), kernels \(CellKernels.name)")
            return .done
        }
        let signals = try SignalPipe(StopSignals.watched)
        let device = flags.values["device"].map { Spelling.trimmed($0).lowercased() } ?? "cpu"
        let starter: StarterInput =
            flags.toggles.contains("launched") ? .control : flags.toggles.contains("ends_with_input") ? .life : .unread
        let keys = starter == .control ? try KeySource.handedInLines() : try KeySource.given(by: flags)
        let isProtected = keys != nil || flags.toggles.contains("insecure")
        let endpoints = try endpoints(flags, isProtected: isProtected)
        let rendezvous = flags.values["rendezvous"].map { path in
            RendezvousWatch(path: path) { try refuse($0, unless: isProtected) }
        }
        let threads = try threads(flags)
        let cores = CoreCount.ofThisProcess()
        // Who starts workers on this machine has said it of all of them.
        if starter != .life,
            let warning = CrowdedCores.line(1, "workers", threads: threads, on: cores)
        {
            LogStream.worker.say(warning)
        }
        let options = WorkerOptions(
            endpoints: endpoints, rendezvous: rendezvous, threads: threads,
            threadsOrigin: flags.values["threads"] == nil ? "\(cores)" : "--threads", device: device,
            software: software,
            connectLimit: try connectLimit(flags), isQuiet: LogStream.isQuiet,
            keys: try keys.map { try WorkerKeys($0) }, starter: starter,
            chaos: try flags.values["chaos"].map { try Chaos(parsing: $0) })
        if flags.values["bench"] == "wire" {
            return try WorkerProcess(options, preparer: IdlePreparation(), signals: signals).run()
        }
        let preparer = NetworkPreparation(
            dataFolder: flags.values["data"], cacheFolder: flags.values["cache"], device: device,
            path: try cellPath(flags.values["kernels"] ?? "auto", device: device))
        return try WorkerProcess(options, preparer: preparer, signals: signals).run()
    }

    static var software: String {
        "snas \(ProgramVersion.number), libtorch \(TorchRuntime.version), libzmq \(MessagingContext.version)"
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

    /// What `snas doctor --hosts` starts on a host.
    private static func workBench(_ flags: CommandLineFlags) throws -> ExitCode {
        if flags.toggles.contains("ends_with_input") { try StarterWatch.begin() }
        guard let settings = flags.values["settings"], let image = flags.values["image"],
            let classes = flags.values["classes"]
        else { throw UserError(.usage, "--bench work wants --settings, --image and --classes") }
        let device = flags.values["device"].map { Spelling.trimmed($0).lowercased() } ?? "cpu"
        let bench = try WorkBench(
            settings: settings, image: image, classes: classes, threads: try threads(flags), device: device,
            path: try cellPath(flags.values["kernels"] ?? "auto", device: device), dataFolder: flags.values["data"])
        try bench.print()
        return .done
    }

    /// What `snas bench` and `snas measure` start.
    private static func bench(_ name: String, _ flags: CommandLineFlags) throws -> ExitCode {
        if name == "latency" {
            try LatencyBench(
                threads: try threads(flags), path: try cellPath(flags.values["kernels"] ?? "auto", device: "cpu"),
                software: software
            ).run()
            return .done
        }
        if name == "work" { return try workBench(flags) }
        guard name == "step" else {
            throw UserError(.usage, "--bench is '\(name)'; it takes step, work, latency or wire")
        }
        if flags.toggles.contains("ends_with_input") { try StarterWatch.begin() }
        var bench = StepBench()
        func number(_ name: String, _ range: ClosedRange<Int>, _ place: WritableKeyPath<StepBench, Int>) throws {
            guard let text = flags.values[name] else { return }
            guard let value = Spelling.whole(text), range.contains(value) else {
                throw UserError(.usage, "--\(name) is '\(text)'; it takes \(range.lowerBound) to \(range.upperBound)")
            }
            bench[keyPath: place] = value
        }
        try number("threads", 1...1024, \.threads)
        try number("batch_size", 1...4096, \.batchSize)
        try number("shards", 1...256, \.shards)
        try number("init_channels", 1...1024, \.channels)
        try number("layers", 1...100, \.layers)
        try number("steps", 1...StepBench.stepsAtMost, \.steps)
        bench.search = try choice("search", flags) ?? bench.search
        bench.level = try choice("level", flags) ?? bench.level
        guard bench.batchSize % bench.shards == 0 else {
            throw UserError(.usage, "--batch_size \(bench.batchSize) is not divisible by --shards \(bench.shards)")
        }
        bench.path = try cellPath(flags.values["kernels"] ?? "auto", device: "cpu")
        try bench.run().print(asJSON: flags.toggles.contains("json"))
        return .done
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ flags: CommandLineFlags
    ) throws -> Choice? where Choice.RawValue == String {
        guard let text = flags.values[name] else { return nil }
        guard let choice = Choice(rawValue: Spelling.trimmed(text).lowercased()) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw UserError(.usage, "--\(name) is '\(text)'; it takes \(known)")
        }
        return choice
    }

    static func threads(_ flags: CommandLineFlags) throws -> Int {
        guard let text = flags.values["threads"] else { return HostInfo.coreCount() }
        guard let threads = Spelling.whole(text), (1...1024).contains(threads) else {
            throw UserError(.usage, "--threads is '\(text)'; it takes 1 to 1024")
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
