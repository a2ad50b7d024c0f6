import Host

/// How many workers are started on this machine, and how they compute: `--workers`, `--threads`, `--kernels`.
struct LocalWorkerFlags {
    static let flags = FlagGroup(joining: ["workers": .value], computing)

    /// Of a command that has trainings computed, each by one process of its own, and no workers.
    static let computing: FlagGroup = ["threads": .value, "kernels": .value]

    private static let kernelNames = ["auto", "avx512", "avx2", "portable", "operators"]

    /// How many workers there are.
    let count: Int
    /// Of each worker.
    let threads: Int
    /// One of the names; nil where none is given: a worker without it chooses for itself.
    let kernels: String?

    /// - Throws: `UserError` (usage) for an unknown name, or a number out of range.
    init(_ flags: CommandLineFlags) throws {
        kernels = try flags.values["kernels"].map { text in
            guard let name = Spelling.name(text, among: Self.kernelNames) else {
                throw UserError(
                    .usage, "--kernels is '\(text)'; it takes \(Self.kernelNames.joined(separator: ", "))")
            }
            return name
        }
        count = try flags.number("workers", in: 1...256, standard: 2)
        threads = try flags.number("threads", in: 1...256, standard: max(1, HostInfo.coreCount() / count))
    }
}
