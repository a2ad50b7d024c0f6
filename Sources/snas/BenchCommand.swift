import Coordinator
import Host
import Tools

/// `snas bench step` starts the worker's own bench and shows what it prints; `snas bench wire` is a coordinator itself.
enum BenchCommand {
    private static let stepFlags = ["threads", "batch_size", "init_channels", "layers", "shards", "steps", "kernels"]

    static func run(_ words: [String]) throws -> ExitCode {
        guard let name = words.first else { throw UserError(.usage, "snas bench takes step or wire") }
        if name == "wire" { return try wire(Array(words.dropFirst())) }
        if name == BareAnswer.name { return try BareAnswer.run(Array(words.dropFirst())) }
        guard name == "step" else { throw UserError(.usage, "snas bench takes step or wire, not '\(name)'") }
        var declared: [String: CommandLineFlags.Kind] = ["json": .toggle]
        for flag in stepFlags { declared[flag] = .value }
        let flags = try CommandLineFlags(parsing: Array(words.dropFirst()), declared: declared)
        try flags.refuseOtherWords()
        var own = ["--bench", "step"]
        for (flag, value) in flags.values.sorted(by: { $0.key < $1.key }) { own += ["--\(flag)", value] }
        if flags.toggles.contains("json") { own.append("--json") }
        return try WorkerProgram.runToEnd(own)
    }

    private static func wire(_ words: [String]) throws -> ExitCode {
        let flags = try CommandLineFlags(
            parsing: words, declared: ["json": .toggle, "workers": .value, "steps": .value, "piece_bytes": .value])
        try flags.refuseOtherWords()
        var bench = WireBench()
        if let text = flags.values["workers"] {
            bench.workerCounts = try text.split(separator: ",").map { word in
                guard let count = Spelling.whole(String(word)), (1...256).contains(count) else {
                    throw UserError(.usage, "--workers is '\(text)'; it takes counts from 1 to 256, as in 1,2,4")
                }
                return count
            }
        }
        if let text = flags.values["steps"] {
            guard let steps = Spelling.whole(text), (1...10_000).contains(steps) else {
                throw UserError(.usage, "--steps is '\(text)'; it takes 1 to 10000")
            }
            bench.steps = steps
        }
        bench.pieceBytes = flags.values["piece_bytes"]
        try bench.run(asJSON: flags.toggles.contains("json"), signals: try SignalPipe(StopSignals.watched))
        return .done
    }
}
