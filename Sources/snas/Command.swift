import Configuration
import Datasets
import Host
import Messaging

#if canImport(Glibc)
    import Glibc
#endif

/// The commands of `snas`.
enum Command {
    static let usage = """
        usage: snas local        [--config F] [--workers N] [--threads T] [--data D] [--run DIR]
                                 [--seeds N [--pick]] [settings]
               snas local        --search random [--random_params 2.8M | --random_like G] [--random_tolerance 5]
                                 [--random_plan F [--data D]] [--seed S] [--run DIR]
               snas coordinator  [--config F] [--data D] [--run DIR] [--bind ENDPOINT] [--keys DIR | --insecure]
                                 [settings]
               snas resume RUN   [--bind ENDPOINT [--keys DIR | --insecure] | --workers N --threads T]
                                 [--from_epoch E [--run DIR] [settings]]
               snas keygen       --out DIR [--worker NAME[,NAME...]]
               snas retrain      --genotype G [--workers N] [--threads T] [--data D] [--run DIR] [settings]
               snas evaluate     --run DIR [--data D] [--weights F] [--workers N] [--threads T] [--json]
               snas status RUN   [--json]
               snas status ENDPOINT [--keys DIR | --insecure] [--json]
               snas doctor       [--bind ENDPOINT] [--connect ENDPOINT] [--keys DIR | --insecure] [--data D] [--runs DIR]
                                 [--json]
               snas describe     --genotype G [--layers L] [--init_channels C] [--classes K] [--imagenet | --image run|CxHxW]
                                 [--pool_batch_norm] [--json]
               snas describe     --space S [--operations LIST] [--nodes N] [--layers L] [--init_channels C] [--json]
               snas draw         --genotype G --out DIR
               snas truth        --table F [--data D] [--config F] [--cells all|N] [--seeds N] [settings]
               snas truth        --table F --rank G... [--k N] [--matched N] [--data D] [--json] [--picture F.svg]
               snas bench step   [--threads T] [--batch_size B] [--init_channels C] [--layers L] [--shards S] [--json]
               snas bench wire   [--workers 1,2,4] [--steps N] [--json]
               snas settings     [--search METHOD] [--space S]     lists every setting with its default and range
        with any of them: --log_format text|json, what standard error looks like
        """

    static let names = [
        "local", "coordinator", "resume", "keygen", "status", "doctor", "retrain", "evaluate", "describe", "draw",
        "truth", "bench", "settings",
    ]

    /// Those that explain themselves at length.
    private static let havePages = ["keygen", "retrain", "truth"]

    /// - Throws: `UserFacingError`.
    static func run(_ words: [String]) throws -> ExitCode {
        guard let name = words.first else { throw UserError(.usage, "which command?\n\(usage)") }
        let rest = Array(words.dropFirst())
        if names.contains(name), !havePages.contains(name), rest.contains("--help") || rest.contains("-h") {
            try StandardStreams.print(usage)
            return .done
        }
        switch name {
        case "local": return try SearchCommand.local(rest)
        case "coordinator": return try SearchCommand.coordinator(rest)
        case "resume": return try ResumeCommand.run(rest)
        case "status": return try StatusCommand.run(rest)
        case "doctor": return try DoctorCommand.run(rest)
        case "keygen": return try KeygenCommand.run(rest)
        case "retrain": return try RetrainCommand.run(rest)
        case "evaluate": return try EvaluateCommand.run(rest)
        case "describe": return try GenotypeCommands.describe(rest)
        case "draw": return try GenotypeCommands.draw(rest)
        case "truth": return try TruthCommand.run(rest)
        case "bench": return try BenchCommand.run(rest)
        case "settings":
            return try settings(rest)
        case "--help", "-h", "help":
            try StandardStreams.print(usage)
            return .done
        default:
            throw UserError(.usage, "unknown command '\(name)'\(NearestName.hint(for: name, among: names))\n\(usage)")
        }
    }

    /// With what a method or a space brings along, where one is named.
    private static func settings(_ words: [String]) throws -> ExitCode {
        let flags = try CommandLineFlags(parsing: words, declared: ["search": .value, "space": .value])
        try flags.refuseOtherWords()
        var builder = ConfigurationBuilder()
        for (name, value) in flags.values { try builder.apply(name: name, value: value, origin: .flag) }
        let configuration = try builder.finished().configuration
        for setting in Setting.all {
            let value = setting.value(in: configuration)
            let other =
                setting.retrainingValue == setting.standardValue ? "" : "; retrain: \(setting.retrainingValue)"
            try StandardStreams.print(
                "\(setting.key) = \(value)\(other)  (--\(setting.flag); \(setting.range); \(setting.help))")
        }
        return .done
    }
}
