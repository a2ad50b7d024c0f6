import Configuration
import Coordinator
import Datasets
import Host
import SearchSpace

/// `snas retrain`: trains the network that a genotype stands for, from scratch.
enum RetrainCommand {
    static let command = Command(
        CommandDescription(
            "retrain", "trains the network of a cell from scratch",
            forms: [
                "--genotype G [--pick P] [--workers N] [--threads T] [--data D] [--run DIR] [--config F] [settings]",
                "--genotype G --hosts FILE|LIST ...", "--genotype G --bind ENDPOINT [--keys DIR | --insecure] ...",
            ],
            details: [
                "The defaults are the papers' recipe: 600 epochs, batch 96, 20 cells of 36 channels, learning rate 0.025 to 0 by a "
                    + "cosine, auxiliary head 0.4, cutout 16, drop path ramped to 0.2, all training images. A batch norm sees one "
                    + "shard's images, 12 in the 8 shards of a batch; --shards 1 is the papers' single batch norm over the batch, "
                    + "on one thread.",
                "With --hosts it starts workers on other hosts, as snas launch does; with --bind it waits for them.",
            ],
            groups: [
                FlagGroup("what is trained", GenotypeFlags.group.flags)
            ] + FlagGroup.newRun + [RunStart.flags] + RunPlace.flags
                + FlagGroup.retrainingSettings,
            examples: ["snas retrain --genotype runs/digits-2-1 --epochs 60"]), run)

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        let place = try RunPlace(flags)
        let signals = try SignalPipe(StopSignals.watched)
        return try start(flags).run { session in try place.run(signals: signals, session: session) }
    }

    private static func configuration(_ flags: CommandLineFlags) throws -> ResolvedConfiguration {
        var builder = ConfigurationBuilder(from: .retraining, origin: .standard)
        try builder.apply(flags, settings: FlagGroup.retrainingSettings)
        let given = try GenotypeFlags.given(flags)
        if let given { try builder.apply(name: "genotype", value: given.genotype.compactText, origin: .flag) }
        let resolved = try builder.finished().noting(given?.note)
        guard resolved.configuration.retrain.genotype != nil else {
            throw UserError(
                .usage,
                "snas retrain wants --genotype with a file, a run's folder, a text Genotype(...) or a known name")
        }
        let searched = flags.values["genotype"].flatMap(SearchedNetwork.init(ofGenotype:))
        return resolved.noting(searched?.note(trainedIn: resolved.configuration.space))
    }

    private static func start(_ flags: CommandLineFlags) throws -> RunStart {
        let resolved = try configuration(flags)
        let data = try TrainingData(flags, resolved.configuration)
        let stem = "runs/\(data.recognised.shortName)-retrain-\(resolved.configuration.run.seed)"
        return try RunStart(flags, resolved, data, stem: stem)
    }
}
