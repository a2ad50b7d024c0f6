import Coordinator
import Host
import Tools

/// `snas bench wire` is a coordinator itself.
enum WireBenchCommand {
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
