import Coordinator
import Host

/// `snas bench step`: starts the worker's own bench and shows what it prints.
enum BenchCommand {
    private static let stepFlags = ["threads", "batch_size", "init_channels", "layers", "shards", "steps", "kernels"]

    static func run(_ words: [String]) throws -> ExitCode {
        guard let name = words.first else { throw UserError(.usage, "snas bench takes step") }
        guard name == "step" else { throw UserError(.usage, "snas bench takes step, not '\(name)'") }
        var declared: [String: CommandLineFlags.Kind] = ["json": .toggle]
        for flag in stepFlags { declared[flag] = .value }
        let flags = try CommandLineFlags(parsing: Array(words.dropFirst()), declared: declared)
        if let word = flags.positional.first { throw UserError(.usage, "'\(word)' is not expected") }
        var own = ["--bench", "step"]
        for (flag, value) in flags.values.sorted(by: { $0.key < $1.key }) { own += ["--\(flag)", value] }
        if flags.toggles.contains("json") { own.append("--json") }
        return try WorkerProgram.runToEnd(own)
    }
}
