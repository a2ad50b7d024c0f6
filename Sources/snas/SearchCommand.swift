import Configuration
import Coordinator
import Datasets
import Formats
import Host
import Messaging
import Reporting
import RunStore

#if canImport(Glibc)
    import Glibc
#endif

/// `snas local`, `snas coordinator`, `snas resume`.
enum SearchCommand {
    static let ownFlags: [String: CommandLineFlags.Kind] = [
        "config": .value, "data": .value, "run": .value, "set": .repeated, "workers": .value, "threads": .value,
        "bind": .value, "keys": .value, "insecure": .toggle, "kernels": .value, "seeds": .value,
        "pick": .toggle,
    ].merging(RandomCommand.flags) { $1 }

    // MARK: Commands

    static func local(_ words: [String]) throws -> ExitCode {
        let flags = try parse(words, without: ["bind", "keys", "insecure"], withSettings: true)
        _ = try localWorkers(flags)
        if try RandomCommand.isWanted(flags) { return try RandomCommand.run(flags) }
        let signals = try SignalPipe(StopSignals.all)
        guard flags.values["seeds"] != nil || !flags.toggles.contains("pick") else {
            throw UserError(.usage, "--pick goes with --seeds N: it chooses among the cells of several searches")
        }
        if flags.values["seeds"] != nil { return try SeedsCommand.run(flags, signals: signals) }
        return try runLocally(try newSession(flags), flags, signals: signals)
    }

    static func coordinator(_ words: [String]) throws -> ExitCode {
        let flags = try parse(
            words, without: ["workers", "threads", "kernels", "seeds", "pick"] + RandomCommand.flags.keys,
            withSettings: true)
        guard try !RandomCommand.isWanted(flags) else {
            throw UserError(.usage, "--method random needs no workers: draw the cell with snas local")
        }
        let signals = try SignalPipe(StopSignals.all)
        let port = try ListeningPort(flags)
        return try CoordinatorProcess(
            session: newSession(flags), router: port.router, signals: signals, workers: nil, keys: port.keys
        ).run()
    }

    static func resume(_ words: [String]) throws -> ExitCode {
        var declared: [String: CommandLineFlags.Kind] = [
            "bind": .value, "keys": .value, "insecure": .toggle, "workers": .value, "threads": .value,
            "kernels": .value,
        ]
        let ofBranch = ["run", "set"] + Setting.all.map(\.flag)
        for name in ofBranch + ["from_epoch"] { declared[name] = name == "set" ? .repeated : .value }
        let flags = try CommandLineFlags(parsing: words, declared: declared)
        guard flags.positional.count == 1, var path = flags.positional.first else {
            throw UserError(.usage, "snas resume takes one run directory")
        }
        try ListeningPort.refuseKeysWithoutBind(flags)
        if flags.values["from_epoch"] != nil {
            path = try branch(of: path, flags)
        } else if let name = ofBranch.first(where: { flags.values[$0] != nil || flags.repeated[$0] != nil }) {
            throw UserError(
                .usage, "--\(name): a run keeps its settings and its place; --from_epoch E starts a new one with others"
            )
        }
        let signals = try SignalPipe(StopSignals.all)
        guard flags.values["bind"] != nil else {
            return try runLocally(try TrainingSession(resuming: path), flags, signals: signals)
        }
        let port = try ListeningPort(flags)
        return try CoordinatorProcess(
            session: try TrainingSession(resuming: path), router: port.router, signals: signals, workers: nil,
            keys: port.keys
        ).run()
    }

    /// A new run that goes on from an epoch of another one; its folder.
    private static func branch(of path: String, _ flags: CommandLineFlags) throws -> String {
        let text = flags.values["from_epoch"] ?? ""
        guard let epoch = Int(text), epoch >= 1 else {
            throw UserError(.usage, "--from_epoch is '\(text)'; it takes an epoch as the log counts them, from 1")
        }
        let branch = try RunBranch(of: path, epochsDone: epoch)
        var builder = ConfigurationBuilder(from: branch.configuration, origin: branch.origin)
        try apply(flags, to: &builder, except: ["from_epoch", "run"])
        let new = flags.values["run"] ?? firstFree("\(path)-from-\(epoch)")
        try branch.create(try builder.finished(), at: new)
        LogStream.snas.say(
            LogLine(
                .runBegins, "goes on from epoch \(epoch) of \(path) as a new run in \(new)", ["folder": .string(new)]))
        return new
    }

    static func firstFree(_ stem: String) -> String {
        var number = 1
        while FileSystem.exists("\(stem)-\(number)") { number += 1 }
        return "\(stem)-\(number)"
    }

    // MARK: Words

    private static func parse(
        _ words: [String], without absent: [String], withSettings: Bool
    ) throws -> CommandLineFlags {
        var declared = ownFlags.filter { !absent.contains($0.key) }
        for setting in Setting.all where !setting.isForRetrainingOnly { declared[setting.flag] = .value }
        for name in OfficialFlags.values { declared[name] = .value }
        for name in OfficialFlags.toggles { declared[name] = .toggle }
        let flags = try CommandLineFlags(parsing: words, declared: declared)
        if let word = flags.positional.first { throw UserError(.usage, "'\(word)' is not expected") }
        return flags
    }

    /// - Parameter seed: instead of what the flags and files say.
    static func configuration(_ flags: CommandLineFlags, seed: Int? = nil) throws -> ResolvedConfiguration {
        var builder = ConfigurationBuilder()
        if let path = flags.values["config"] { try builder.apply(file: path) }
        try apply(flags, to: &builder)
        if let seed { try builder.apply(name: "seed", value: String(seed), origin: .flag) }
        return try builder.finished()
    }

    static func apply(
        _ flags: CommandLineFlags, to builder: inout ConfigurationBuilder, except others: [String] = []
    ) throws {
        let settings = OfficialFlags.translated(values: flags.values, toggles: flags.toggles)
        for (name, value) in settings.sorted(by: { $0.key < $1.key })
        where ownFlags[name] == nil && !others.contains(name) {
            try builder.apply(name: name, value: value, origin: .flag)
        }
        for text in flags.repeated["set"] ?? [] {
            guard let equals = text.firstIndex(of: "=") else {
                throw UserError(.usage, "--set is '\(text)'; it takes section.key=value")
            }
            try builder.apply(
                name: String(text[..<equals]), value: String(text[text.index(after: equals)...]), origin: .set)
        }
    }

    private static let kernelNames = ["auto", "avx512", "avx2", "portable", "operators"]

    static func localWorkers(_ flags: CommandLineFlags) throws -> (workers: Int, threads: Int) {
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

    static func dataLocation(_ flags: CommandLineFlags) -> String { flags.values["data"] ?? "digits" }

    static func data(_ flags: CommandLineFlags) throws -> (recognised: RecognisedDataset, data: ImageSet) {
        let recognised = try RecognisedDataset(at: dataLocation(flags))
        let data = try recognised.loadTraining()
        let text =
            "found \(recognised.summary): \(data.images.count) training images of \(data.channels) x \(data.height) x "
            + "\(data.width), \(data.classes) classes"
        LogStream.snas.say(LogLine(.dataFound, text, ["images": .integer(data.images.count)]))
        return (recognised, data)
    }

    private static func newSession(_ flags: CommandLineFlags) throws -> TrainingSession {
        let resolved = try configuration(flags)
        guard resolved.configuration.retrain.genotype == nil else {
            throw UserError(
                .usage, "retrain.genotype is set: a search finds one; train it with snas retrain --genotype G")
        }
        let (recognised, data) = try data(flags)
        return try TrainingSession(new: resolved, data: data, dataLocation: dataLocation(flags)) {
            if let path = flags.values["run"] { return path }
            return firstFree("runs/\(recognised.shortName)-\(resolved.configuration.run.seed)")
        }
    }

    /// A coordinator and its workers on this machine, over a socket in a folder that only this user can enter.
    static func runLocally(
        _ session: any RunSession, _ flags: CommandLineFlags, signals: SignalPipe, printsResults: Bool = true
    ) throws -> ExitCode {
        let (workers, threads) = try localWorkers(flags)
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-")
        defer { try? FileSystem.removeTree(folder) }
        let (router, endpoint) = try ListeningPort.bind(
            try Endpoint(parsing: "ipc://\(folder)/coordinator"), keys: nil)
        let children = try LocalWorkers(
            count: workers, threads: threads, endpoint: endpoint,
            extra: ["--connect_timeout_s", "\(session.configuration.cluster.connectTimeoutSeconds)"]
                + (flags.values["kernels"].map { ["--kernels", $0] } ?? []) + LogStream.words)
        defer { children.stop() }
        return try CoordinatorProcess(
            session: session, router: router, signals: signals, workers: children, printsResults: printsResults
        ).run()
    }
}
