import Configuration
import Coordinator
import Datasets
import Host
import Messaging

#if canImport(Glibc)
    import Glibc
#endif

/// `snas local`, `snas coordinator`, `snas resume`.
enum SearchCommand {
    private static let ownFlags: [String: CommandLineFlags.Kind] = [
        "config": .value, "data": .value, "run": .value, "set": .repeated, "workers": .value, "threads": .value,
        "bind": .value, "insecure": .toggle, "kernels": .value,
    ]

    private static let standardEndpoint = "tcp://127.0.0.1:5577"

    // MARK: Commands

    static func local(_ words: [String]) throws -> ExitCode {
        let flags = try parse(words, without: ["bind", "insecure"], withSettings: true)
        let signals = try SignalPipe([SIGTERM, SIGINT])
        let (workers, threads) = try localWorkers(flags)
        return try runLocally(
            try newSession(flags), workers: workers, threads: threads,
            kernels: flags.values["kernels"], signals: signals)
    }

    static func coordinator(_ words: [String]) throws -> ExitCode {
        let flags = try parse(words, without: ["workers", "threads", "kernels"], withSettings: true)
        let signals = try SignalPipe([SIGTERM, SIGINT])
        let router = try listen(flags)
        return try CoordinatorProcess(session: newSession(flags), router: router, signals: signals, workers: nil).run()
    }

    static func resume(_ words: [String]) throws -> ExitCode {
        let flags = try CommandLineFlags(
            parsing: words,
            declared: [
                "bind": .value, "insecure": .toggle, "workers": .value, "threads": .value,
                "kernels": .value,
            ])
        guard flags.positional.count == 1, let path = flags.positional.first else {
            throw UserError(.usage, "snas resume takes one run directory")
        }
        let signals = try SignalPipe([SIGTERM, SIGINT])
        guard flags.values["bind"] != nil else {
            let (workers, threads) = try localWorkers(flags)
            return try runLocally(
                try SearchSession(resuming: path), workers: workers, threads: threads,
                kernels: flags.values["kernels"], signals: signals)
        }
        let router = try listen(flags)
        return try CoordinatorProcess(
            session: try SearchSession(resuming: path), router: router, signals: signals, workers: nil
        ).run()
    }

    // MARK: Words

    private static func parse(
        _ words: [String], without absent: [String], withSettings: Bool
    ) throws -> CommandLineFlags {
        var declared = ownFlags.filter { !absent.contains($0.key) }
        for setting in Setting.all { declared[setting.flag] = .value }
        for name in OfficialFlags.values { declared[name] = .value }
        for name in OfficialFlags.toggles { declared[name] = .toggle }
        let flags = try CommandLineFlags(parsing: words, declared: declared)
        if let word = flags.positional.first { throw UserError(.usage, "'\(word)' is not expected") }
        return flags
    }

    private static func configuration(_ flags: CommandLineFlags) throws -> ResolvedConfiguration {
        var builder = ConfigurationBuilder()
        if let path = flags.values["config"] { try builder.apply(file: path) }
        let settings = OfficialFlags.translated(values: flags.values, toggles: flags.toggles)
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) where ownFlags[name] == nil {
            try builder.apply(name: name, value: value, origin: .flag)
        }
        for text in flags.repeated["set"] ?? [] {
            guard let equals = text.firstIndex(of: "=") else {
                throw UserError(.usage, "--set is '\(text)'; it takes section.key=value")
            }
            try builder.apply(
                name: String(text[..<equals]), value: String(text[text.index(after: equals)...]), origin: .set)
        }
        return try builder.finished()
    }

    private static let kernelNames = ["auto", "avx512", "avx2", "portable", "operators"]

    private static func localWorkers(_ flags: CommandLineFlags) throws -> (workers: Int, threads: Int) {
        if let kernels = flags.values["kernels"], !kernelNames.contains(kernels) {
            throw UserError(.usage, "--kernels is '\(kernels)'; it takes \(kernelNames.joined(separator: ", "))")
        }
        func number(_ name: String, _ standard: Int) throws -> Int {
            guard let text = flags.values[name] else { return standard }
            guard let value = Int(text), (1...256).contains(value) else {
                throw UserError(.usage, "--\(name) is '\(text)'; it takes 1 to 256")
            }
            return value
        }
        let workers = try number("workers", 2)
        return (workers, try number("threads", max(1, HostInfo.coreCount() / workers)))
    }

    // MARK: Parts

    private static func newSession(_ flags: CommandLineFlags) throws -> SearchSession {
        let resolved = try configuration(flags)
        let location = flags.values["data"] ?? "digits"
        let recognised = try RecognisedDataset(at: location)
        let data = try recognised.loadTraining()
        StandardStreams.note(
            "found \(recognised.summary): \(data.training.count) training images of \(data.channels) x \(data.height) x "
                + "\(data.width), \(data.classes) classes")
        return try SearchSession(new: resolved, data: data, dataLocation: location) {
            if let path = flags.values["run"] { return path }
            let stem = "runs/\(recognised.shortName)-\(resolved.configuration.run.seed)"
            var number = 1
            while FileSystem.exists("\(stem)-\(number)") { number += 1 }
            return "\(stem)-\(number)"
        }
    }

    private static func listen(_ flags: CommandLineFlags) throws -> RouterSocket {
        let text = flags.values["bind"] ?? standardEndpoint
        let endpoint: Endpoint
        do { endpoint = try Endpoint(parsing: text) } catch { throw UserError(.usage, "\(error)") }
        guard endpoint.isLocal || flags.toggles.contains("insecure") else {
            throw UserError(
                .noPermission,
                "\(endpoint) can be reached from other machines and there are no keys yet: anyone there could join the search; "
                    + "--insecure accepts that")
        }
        let bound = try bind(endpoint)
        StandardStreams.note("listening at \(bound.endpoint); workers: snas-worker --connect \(bound.endpoint)")
        return bound.router
    }

    private static func bind(_ endpoint: Endpoint) throws -> (router: RouterSocket, endpoint: String) {
        let router = try RouterSocket(try MessagingContext())
        do {
            return (router, try router.bind(endpoint))
        } catch let error as MessagingError {
            let hint = error.isAddressInUse ? "; is another coordinator running there?" : ""
            throw UserError(.cannotCreate, "\(error)\(hint)")
        }
    }

    /// A coordinator and its workers on this machine, over a socket in a folder that only this user can enter.
    private static func runLocally(
        _ session: SearchSession, workers: Int, threads: Int, kernels: String?, signals: SignalPipe
    ) throws -> ExitCode {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-")
        defer { try? FileSystem.removeTree(folder) }
        let (router, endpoint) = try bind(try Endpoint(parsing: "ipc://\(folder)/coordinator"))
        let children = try LocalWorkers(
            count: workers, threads: threads, endpoint: endpoint,
            extra: kernels.map { ["--kernels", $0] } ?? [])
        defer { children.stop() }
        return try CoordinatorProcess(session: session, router: router, signals: signals, workers: children).run()
    }
}
