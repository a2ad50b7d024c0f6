import Configuration
import Host
import Launching
import SearchSpace

/// `snas bench step` and `snas bench retrain` start the worker's own bench and show what it prints.
enum StepBenchCommand {
    static let search = Command(
        CommandDescription(
            "bench step", "times a step of a search",
            forms: ["[--threads T] [--steps N] [--kernels K] [--json] [--config F] [settings of a search]"],
            details: [
                "Whole steps, forward, backward and optimisers, on made-up images of 3 x 32 x 32, without coordinator or wire. Between the "
                    + "steps all threads compute nothing but multiply-adds: floor_share is the share of a step that the network's own "
                    + "multiply-adds would take at that speed."
            ],
            groups: [flags(steps: 12), FlagGroup.configuration] + FlagGroup.searchSettings,
            examples: ["snas bench step --threads 2", "snas bench step --space nas_bench_201 --layers 15"])
    ) { flags in
        try run(flags, steps: 12, try ResolvedConfiguration(ofSearch: flags).configuration)
    }

    static let retraining = Command(
        CommandDescription(
            "bench retrain", "times a step of a retraining",
            forms: [
                "[--genotype G] [--threads T] [--steps N] [--kernels K] [--json] [--config F] [settings of a retraining]"
            ],
            details: ["As snas bench step, of the network that snas retrain trains with the same settings."],
            groups: [
                flags(steps: 4),
                FlagGroup(
                    "what is trained",
                    [
                        .value(
                            "genotype", "G", "a file, a run's folder, a text Genotype(...) or a known name",
                            standard: "DARTS_V2", .files)
                    ]), FlagGroup.configuration,
            ] + FlagGroup.retrainingSettings, examples: ["snas bench retrain --threads 2"])
    ) { flags in
        var builder = ConfigurationBuilder(from: .retraining, origin: .standard)
        try builder.apply(flags, settings: FlagGroup.retrainingSettings)
        let genotype = try Genotype(argument: flags.values["genotype"] ?? "DARTS_V2")
        try builder.apply(name: "genotype", value: genotype.compactText, origin: .flag)
        return try run(flags, steps: 4, try builder.finished().configuration)
    }

    private static func flags(steps: Int) -> FlagGroup {
        FlagGroup(
            "the bench",
            [
                .value("threads", "T", "1 to 1024; without it a thread for each processor"),
                .value("steps", "N", "steps that count, behind two that do not", standard: "\(steps)"),
                LocalWorkerFlags.kernelFlag, .toggle("json", "one JSON object"),
            ])
    }

    /// - Parameter steps: where `--steps` says nothing.
    private static func run(
        _ flags: CommandLineFlags, steps: Int, _ configuration: SearchConfiguration
    ) throws -> ExitCode {
        var words = ["--bench", "step", "--settings", configuration.settingsArgument]
        words += ["--steps", flags.values["steps"] ?? "\(steps)"]
        for name in ["threads", "kernels"] {
            if let value = flags.values[name] { words += ["--\(name)", value] }
        }
        return try WorkerProgram.runToEnd(words + (flags.toggles.contains("json") ? ["--json"] : []))
    }
}
