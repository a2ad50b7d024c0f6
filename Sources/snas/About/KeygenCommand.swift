import Host
import Keys

/// `snas keygen`: key folders for a coordinator and its workers.
enum KeygenCommand {
    static let command = Command(
        CommandDescription(
            "keygen", "makes keys for a coordinator and its workers", forms: ["--out DIR [--worker NAME[,NAME...]]"],
            details: [
                "Makes DIR/coordinator (for snas coordinator --keys) and DIR/NAME for each worker (for snas-worker --keys; copy it to "
                    + "the worker's host). Several processes may share a key.",
                "In a DIR that has a coordinator, workers are added: a running coordinator lets them in without a restart. Removing "
                    + "DIR/coordinator/allowed/NAME.key keeps a worker out from its next connection on.",
            ],
            groups: [
                FlagGroup(
                    "keys",
                    [
                        .value("out", "DIR", "the folder that holds all of them", .folders),
                        .value("worker", "NAME,...", "names of workers", standard: "worker"),
                    ])
            ], examples: ["snas keygen --out keys --worker gpu01,gpu02"]), run)

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        guard let folder = flags.values["out"] else {
            throw UserError(.usage, "--out is missing, the folder for all keys; snas help keygen says the rest")
        }
        let names = (flags.values["worker"] ?? "worker").split(separator: ",", omittingEmptySubsequences: false)
        for made in try KeyGeneration.make(in: folder, workers: names.map(String.init)) {
            try StandardStreams.print("\(made.folder): keys of \(made.holder), public key \(made.key)")
        }
        return .done
    }
}
