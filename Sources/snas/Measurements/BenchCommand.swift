import Configuration
import Coordinator
import Host
import Launching
import Tools

/// `snas bench step` starts the worker's own bench and shows what it prints; `snas bench wire` is a coordinator itself.
enum BenchCommand {
    static let step = Command(
        CommandDescription(
            "bench step", "times a step of a search",
            forms: [
                "[--search METHOD] [--threads T] [--batch_size B] [--init_channels C] [--layers L] [--shards S] [--steps N] [--json]"
            ],
            groups: [
                FlagGroup(
                    "the step",
                    [
                        .value(
                            "search", "METHOD", "how it searches", standard: "snas",
                            .words(SearchConfiguration.Method.Search.allCases.map(\.rawValue))),
                        .value(
                            "level", "L", "whether alpha has a round of its own", standard: "auto",
                            .words(SearchConfiguration.Method.LevelChoice.allCases.map(\.rawValue))),
                        .value("threads", "T", "1 to 1024; without it a thread for each processor"),
                        .value("batch_size", "B", "images: 1 to 4096", standard: "64"),
                        .value("init_channels", "C", "channels of the first cells: 1 to 1024", standard: "16"),
                        .value("layers", "L", "cells: 1 to 100", standard: "8"),
                        .value("shards", "S", "parts of the batch: 1 to 256", standard: "8"),
                        .value("steps", "N", "steps that count"),
                        .value(
                            "kernels", "K", "auto, avx512, avx2, portable or operators", standard: "auto",
                            .words(
                                ["auto", "avx512", "avx2", "portable", "operators"])),
                        .toggle("json", "one JSON object"),
                    ])
            ], examples: ["snas bench step --threads 2"]), runStep)

    static let wire = Command(
        CommandDescription(
            "bench wire", "times the wire, beside the same bytes over bare sockets",
            forms: ["[--workers 1,2,4] [--steps N] [--piece_bytes N] [--json]"],
            groups: [
                FlagGroup(
                    "the wire",
                    [
                        .value(
                            "workers", "N,...", "how many workers, one after the other: 1 to 256",
                            standard: WireBench()
                                .workerCounts.map(String.init).joined(separator: ",")),
                        .value("steps", "N", "steps that count: 1 to 10000", standard: "\(WireBench().steps)"),
                        .value("piece_bytes", "N", "bytes of a piece on the wire; without it the setting's"),
                        .toggle("json", "one JSON object"),
                    ])
            ], examples: ["snas bench wire --workers 1,2,4"]), runWire)

    static let answer = Command(
        CommandDescription(
            "bench \(BareAnswer.name)", "is the other side of snas bench wire", forms: ["ENDPOINT N N N"], groups: [],
            words: .anything, examples: [], isHidden: true)
    ) { try BareAnswer.run($0.positional) }

    private static func runStep(_ flags: CommandLineFlags) throws -> ExitCode {
        var own = ["--bench", "step"]
        for (flag, value) in flags.values.sorted(by: { $0.key < $1.key }) { own += ["--\(flag)", value] }
        if flags.toggles.contains("json") { own.append("--json") }
        return try WorkerProgram.runToEnd(own)
    }

    private static func runWire(_ flags: CommandLineFlags) throws -> ExitCode {
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
