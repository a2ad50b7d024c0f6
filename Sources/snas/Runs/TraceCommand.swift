import Host
import Launching
import Reporting
import RunStore

/// `snas trace` has the worker beside it compute one shard of a step again, and write what it read and what came of it.
enum TraceCommand {
    static let command = Command(
        CommandDescription(
            "trace", "computes one shard of a step again and writes it as tensors, to be checked with other tools",
            forms: ["--run DIR --step T --shard S [--round R] --out F.safetensors [--data D] [--threads T]"],
            details: [
                "From the newest checkpoint at or before the step, else from the run's start, the steps up to it are computed again and "
                    + "held against the run's journal. The file has images as the network sees them, labels, alpha, noise, mixture, "
                    + "masks and weights, and what came of them: logits, loss, gradients of the weights, credits, alpha's gradient, "
                    + "batch statistics. deploy/trace/check.py computes the same with PyTorch. Nothing is written into the run."
            ],
            groups: [
                FlagGroup(
                    "which shard",
                    [
                        .value("run", "DIR", "the folder of a search or a retraining, running or over", .folders),
                        .value("step", "T", "as metrics.jsonl counts, from 0"),
                        .value("shard", "S", "of the round, from 0"),
                        .value(
                            "round", "R",
                            "of a step that has several, or of the evaluation behind it, from 0; without it the one that steps "
                                + "the weights"),
                        .value("out", "F", "the file that is written", .files),
                    ]),
                FlagGroup(
                    "how it is computed",
                    [
                        .value(
                            "data", "D", "where its training images are; without it where the run found them", .folders),
                        .value("threads", "T", "1 to 1024; without it a thread for each processor"),
                        LocalWorkerFlags.kernelFlag,
                        .toggle(
                            "allow_mixed_kinds", "on a machine that computes other bits than the run's workers, too"),
                    ]),
            ],
            examples: ["snas trace --run runs/digits-2-1 --step 40 --shard 0 --out step40.safetensors"]), run)

    /// More steps than any run has.
    private static let numberAtMost = 1_000_000_000

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        guard let run = flags.values["run"] else {
            throw UserError(.usage, "snas trace wants --run with the folder of a run")
        }
        for name in ["step", "shard", "out"] where flags.values[name] == nil {
            throw UserError(.usage, "snas trace wants --\(name)")
        }
        // All mistakes of the command before a worker is started.
        for name in ["step", "shard", "round"] { _ = try flags.number(name, in: 0...numberAtMost, standard: 0) }
        _ = try RunDirectory.toRead(run)
        try flags.values["out"].map(FileSystem.checkFile)
        var words = ["--trace", run] + LogStream.words + (LogStream.isQuiet ? ["--quiet"] : [])
        for (flag, value) in flags.leavingOut("run").values.sorted(by: { $0.key < $1.key }) {
            words += ["--\(flag)", value]
        }
        words += flags.toggles.sorted().map { "--\($0)" }
        return try WorkerProgram.runToEnd(words)
    }
}
