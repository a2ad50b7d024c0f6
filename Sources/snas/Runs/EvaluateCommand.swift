import Coordinator
import Host

/// `snas evaluate`: the only command that reads test images.
enum EvaluateCommand {
    static let command = Command(
        CommandDescription(
            "evaluate", "tests a retrained network on test images",
            forms: ["--run DIR [--data D] [--weights F] [--logits F] [--workers N] [--threads T] [--json]"],
            details: ["It is the only command that reads test images. Nothing is written into the run."],
            groups: [
                FlagGroup(
                    "what is tested",
                    [
                        .value("run", "DIR", "the folder of a retraining", .folders),
                        .value(
                            "data", "D", "where test images are; without it where the run found its training images",
                            .folders),
                        .value(
                            "weights", "F",
                            "weights as safetensors, as PyTorch's users save them, too; without it those that the run left",
                            .files),
                        .value(
                            "logits", "F.safetensors",
                            "writes what the network says of each test image, in the order of the files, with its class",
                            .files),
                        .toggle("json", "one JSON object"),
                    ]), LocalWorkerFlags.flags,
            ], examples: ["snas evaluate --run runs/digits-retrain-2-1"]), run)

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        guard let run = flags.values["run"] else {
            throw UserError(.usage, "snas evaluate wants --run with the folder of a retraining")
        }
        let workers = try LocalWorkerFlags(flags)
        let logits = flags.values["logits"]
        if let logits { try FileSystem.checkFile(logits) }
        let scratch = try ScratchFolder(prefix: "snas-evaluation-")
        defer { withExtendedLifetime(scratch) {} }
        let signals = try SignalPipe(StopSignals.watched)
        return try LocalRun.run(workers: workers, signals: signals) {
            try EvaluationSession(
                of: run, dataLocation: flags.values["data"], weightsPath: flags.values["weights"], logitsPath: logits,
                scratch: "\(scratch.path)/run", asJSON: flags.toggles.contains("json"))
        }
    }
}
