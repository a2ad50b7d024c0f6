import Host
import Reporting

/// How many workers are started on this machine, and how they compute: `--workers`, `--threads`, `--kernels`.
struct LocalWorkerFlags {
    static let flags = FlagGroup(
        "workers on this machine",
        [
            .value("workers", "N", "processes that compute: 1 to 256", standard: "2"),
            .value("threads", "T", "threads of each: 1 to 256, without it all processors parted among the workers"),
            kernelFlag,
        ])

    /// Of a command that has trainings computed, each by one process of its own, and no workers.
    static let computing = FlagGroup(
        "how trainings are computed",
        [
            .value("threads", "T", "trainings side by side: 1 to 256, without it a thread for each processor"),
            kernelFlag,
        ])

    static let kernelFlag = Flag.value(
        "kernels", "K", "by whose code cells are computed: \(kernelNames.joined(separator: ", "))", standard: "auto",
        .words(kernelNames))

    private static let kernelNames = ["auto", "avx512", "avx2", "portable", "operators"]

    /// Of each worker.
    let threads: [Int]
    /// One of the names; nil where none is given: a worker without it chooses for itself.
    let kernels: String?

    /// How many workers there are.
    var count: Int { threads.count }

    /// Of all workers together.
    var allThreads: Int { threads.reduce(0, +) }

    /// Warns of more of them than the cores can keep busy, where somebody asked for so many.
    ///
    /// - Throws: `UserError` (usage) for an unknown name, or a number out of range.
    init(_ flags: CommandLineFlags) throws {
        kernels = try Self.kernels(flags)
        let count = try flags.number("workers", in: 1...256, standard: 2)
        let cores = CoreCount.ofThisProcess()
        let asked = try flags.values["threads"].map { _ in try flags.number("threads", in: 1...256, standard: 1) }
        threads = asked.map { Array(repeating: $0, count: count) } ?? cores.parted(among: count)
        let isAsked = flags.values["workers"] != nil || asked != nil
        if isAsked, let warning = CrowdedCores.line(count, "workers", threads: threads.min() ?? 1, on: cores) {
            LogStream.snas.say(warning)
        }
    }

    /// - Parameter place: the flag that says that workers are elsewhere.
    /// - Throws: `UserError` (usage) where workers started here are spoken of too.
    static func refuse(_ flags: CommandLineFlags, beside place: String) throws {
        if let name = Self.flags.firstGiven(in: flags) {
            let how = place == "bind" ? "they are started by hand" : "each host's line says it"
            throw UserError(.usage, "--\(name) is for workers started here; with --\(place) \(how)")
        }
    }

    /// One of the names; nil where none is given.
    ///
    /// - Throws: `UserError` (usage) for kernels that nobody has.
    static func kernels(_ flags: CommandLineFlags) throws -> String? {
        try flags.values["kernels"].map { text in
            guard let name = Spelling.name(text, among: kernelNames) else {
                throw UserError(
                    .usage, "--kernels is '\(text)'; it takes \(kernelNames.joined(separator: ", "))")
            }
            return name
        }
    }
}
