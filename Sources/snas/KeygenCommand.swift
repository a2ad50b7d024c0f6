import Host
import Keys

/// `snas keygen`: key folders for a coordinator and its workers.
enum KeygenCommand {
    static let usage = """
        usage: snas keygen --out DIR [--worker NAME[,NAME...]]

        Makes DIR/coordinator (for snas coordinator --keys) and DIR/NAME for each worker (for snas-worker --keys; copy it to the
        worker's host). Without --worker there is one, named worker; several processes may share a key. In a DIR that has a
        coordinator, workers are added: a running coordinator lets them in without a restart. Removing
        DIR/coordinator/allowed/NAME.key keeps a worker out from its next connection on.
        """

    static func run(_ words: [String]) throws -> ExitCode {
        if words.contains("--help") {
            try StandardStreams.print(usage)
            return .done
        }
        let flags = try CommandLineFlags(parsing: words, declared: ["out": .value, "worker": .value])
        if let word = flags.positional.first { throw UserError(.usage, "'\(word)' is not expected\n\(usage)") }
        guard let folder = flags.values["out"] else { throw UserError(.usage, "--out is missing\n\(usage)") }
        let names = (flags.values["worker"] ?? "worker").split(separator: ",", omittingEmptySubsequences: false)
        for made in try KeyGeneration.make(in: folder, workers: names.map(String.init)) {
            try StandardStreams.print("\(made.folder): keys of \(made.holder), public key \(made.key)")
        }
        return .done
    }
}
