import Coordinator
import Host
import Launching
import Reporting

/// `snas measure gradients` starts the worker's study of estimators and shows what it prints.
enum MeasureGradientsCommand {
    static let command = Command(
        CommandDescription(
            "measure gradients", "compares estimators of alpha's gradient on a search that has ended",
            forms: [
                "--run DIR [--data D] [--alpha run|uniform] [--draws N] [--images N] [--threads T] [--json]"
            ],
            details: [
                "With the run's weights and alpha at rest, on one batch of its gradient images, every child of the space is computed: "
                    + "that gives the expected loss and its exact gradient by alpha. Beside it stand bias, variance and cosine of what "
                    + "SNAS, GDAS, DSNAS, REINFORCE and DARTS take for it. Of spaces of at most 65536 children, as with --nodes 1; nothing "
                    + "is written into the run."
            ],
            groups: [
                FlagGroup(
                    "the study",
                    [
                        .value("run", "DIR", "the folder of a search that has ended", .folders),
                        .value(
                            "data", "D", "where its training images are; without it where the run found them", .folders),
                        .value(
                            "alpha", "WHICH", "at which alpha: that of the run, or uniform", standard: "run",
                            .words(["run", "uniform"])),
                        .value(
                            "draws", "N", "draws of each estimator: a multiple of 8 to 100000", standard: "1000"),
                        .value("images", "N", "of the batch: 2 to 4096", standard: "64"),
                        .value("threads", "T", "1 to 1024; without it a thread for each processor"),
                        LocalWorkerFlags.kernelFlag,
                        .toggle("json", "one JSON object; the table goes to standard error"),
                    ])
            ], examples: ["snas measure gradients --run runs/digits-2-1 --draws 2000"]), run)

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        guard let run = flags.values["run"] else {
            throw UserError(.usage, "snas measure gradients wants --run with the folder of a search that has ended")
        }
        var words = ["--gradients", run] + LogStream.words + (LogStream.isQuiet ? ["--quiet"] : [])
        for (flag, value) in flags.leavingOut("run").values.sorted(by: { $0.key < $1.key }) {
            words += ["--\(flag)", value]
        }
        if flags.toggles.contains("json") { words.append("--json") }
        return try WorkerProgram.runToEnd(words)
    }
}
