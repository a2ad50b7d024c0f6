import Formats
import Host
import Reporting
import Tools

/// `snas diff`: two runs that should be equal, and where they part.
enum DiffCommand {
    static let command = Command(
        comparing: CommandDescription(
            "diff", "compares two runs: settings, the first step that parts, results",
            forms: ["RUN RUN [--recompute [--data D] [--threads T] [--kernels K]] [--json]"],
            details: [
                "Two searches or two retrainings, of any format that this program reads; they may be going on. Settings that cannot "
                    + "change bits are marked. Nothing is written.",
                "--recompute computes the step in which they part again, each run from its newest checkpoint before it, and names the "
                    + "round, shard and tensor that part first; where both ask for the same bits it says whose journal this machine "
                    + "confirms. It wants a machine of the runs' kind.",
                "It ends with 0 where nothing differs that bits rest on, with 1 where something does, and as every command does "
                    + "(64 and above) where the runs cannot be compared.",
            ],
            groups: [
                FlagGroup(
                    "what is told",
                    [
                        .toggle("json", "one JSON object"),
                        .toggle("recompute", "computes the step that parts again"),
                    ]),
                FlagGroup("how it is computed again", computing),
            ],
            words: .folders,
            examples: [
                "snas diff runs/digits-2-1 runs/digits-2-2", "snas diff runs/digits-2-1 runs/digits-2-2 --recompute",
            ]), isSame)

    private static let computing = [
        Flag.value("data", "D", "where both runs' training images are; without it where each found them", .folders),
        .value("threads", "T", "1 to 1024; without it a thread for each processor"), LocalWorkerFlags.kernelFlag,
    ]

    private static func isSame(_ flags: CommandLineFlags) throws -> Bool {
        guard flags.positional.count == 2 else {
            throw UserError(.usage, "snas diff takes two run directories, not \(flags.positional.count)")
        }
        let isRecomputed = flags.toggles.contains("recompute")
        if !isRecomputed, let name = ["data", "threads", "kernels"].first(where: { flags.values[$0] != nil }) {
            throw UserError(.usage, "--\(name) goes with --recompute")
        }
        let difference = try RunDifference(flags.positional[0], flags.positional[1])
        let isJSON = flags.toggles.contains("json")
        if !isJSON { for line in difference.lines { try StandardStreams.print(line) } }
        let answer = isRecomputed ? try recomputation(of: difference, flags) : nil
        if isJSON { try StandardStreams.print(difference.json(recomputation: answer?.json).serialized()) }
        if !isJSON, isRecomputed { for line in answer?.lines ?? [noStep] { try StandardStreams.print(line) } }
        return !difference.bearsOnBits
    }

    private static let noStep = "no step parts: nothing was computed again"

    /// - Returns: nil where no step parts.
    private static func recomputation(
        of difference: RunDifference, _ flags: CommandLineFlags
    ) throws -> RecomputationAnswer? {
        guard let parting = difference.steps.parting else { return nil }
        var words: [String] = []
        for name in ["data", "threads", "kernels"] { words += flags.values[name].map { ["--\(name)", $0] } ?? [] }
        return try RecomputationAnswer(
            asking: flags.positional[0], against: flags.positional[1], step: parting.step, words)
    }
}
