import Formats
import Host
import Reporting
import RunStore

/// `snas runs`: the runs under a folder, a line each; and what may go of them.
enum RunsCommand {
    static let command = Command(
        CommandDescription(
            "runs", "lists runs, and removes what is not needed of them",
            forms: ["[DIR] [--json]", "[DIR] --prune empty|checkpoints [--yes]"],
            details: [
                "Under DIR (runs) and its folders: state, step, the best held-out accuracy of an epoch, size, and how long ago a "
                    + "coordinator wrote.",
                "--prune empty removes runs without a checkpoint, --prune checkpoints of runs that are over all checkpoints but the "
                    + "newest (results stay; --from_epoch has nothing to go back to). It says what it would remove, and does it with "
                    + "--yes. A run that a coordinator has is never touched.",
            ],
            groups: [
                FlagGroup(
                    "what is done",
                    [
                        .toggle("json", "one JSON object a line"),
                        .value("prune", "RULE", "what is removed", .words(RunPruning.allCases.map(\.rawValue))),
                        .toggle("yes", "removes it"),
                    ])
            ], words: .folders, examples: ["snas runs", "snas runs /data/runs --prune checkpoints --yes"]), run)

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        guard flags.positional.count <= 1 else { throw UserError(.usage, "snas runs takes one folder") }
        let folder = flags.positional.first ?? "runs"
        guard FileSystem.isDirectory(folder) else {
            throw UserError(.noInput, "there is no folder '\(folder)'; snas runs DIR lists the runs in another one")
        }
        let rule = try flags.values["prune"].map { text in
            guard let name = Spelling.name(text, among: RunPruning.allCases.map(\.rawValue)),
                let rule = RunPruning(rawValue: name)
            else { throw UserError(.usage, "--prune is '\(text)'; it takes empty or checkpoints") }
            return rule
        }
        guard rule != nil || !flags.toggles.contains("yes") else {
            throw UserError(.usage, "--yes goes with --prune")
        }
        let (folders, isWhole) = try RunSummary.folders(under: folder)
        if !isWhole {
            LogStream.snas.say(
                LogLine(.note, "there are more folders under '\(folder)' than were looked at", level: .warning))
        }
        guard let rule else { return try list(folders, in: folder, asJSON: flags.toggles.contains("json")) }
        return try prune(folders, rule, isMeant: flags.toggles.contains("yes"))
    }

    // MARK: The list

    private static func list(_ folders: [String], in folder: String, asJSON: Bool) throws -> ExitCode {
        var rows = [["run", "state", "step", "best", "size", "written"]]
        for path in folders {
            do {
                let run = try RunSummary(of: path)
                if asJSON { try StandardStreams.print(json(run).serialized()) } else { rows.append(row(run)) }
            } catch let error as any UserFacingError {
                LogStream.snas.say(LogLine(.note, error.sentence, level: .warning))
            }
        }
        guard !asJSON else { return .done }
        if rows.count == 1 { LogStream.snas.say(LogLine(.note, "there is no run under '\(folder)'")) }
        for line in rows.count > 1 ? TextColumns.lines(rows) : [] { try StandardStreams.print(line) }
        return .done
    }

    private static func row(_ run: RunSummary) -> [String] {
        let of = run.steps.map { "/\($0)" } ?? ""
        let step = run.step.map { "\($0)\(of)" } ?? "-"
        let best = run.best.map { "\(Decimal.text(100 * $0, 2)) %" } ?? "-"
        let size = "\(Decimal.text(Double(run.bytes) * 1e-6, 1)) MB"
        let written = run.ageSeconds.map { "\(ProgressSnapshot.duration($0)) ago" } ?? "-"
        let state = run.state.rawValue + (run.isRetraining ? ", retraining" : "")
        return [run.path, state, step, best, size, written]
    }

    private static func json(_ run: RunSummary) -> JSONValue {
        let best: JSONValue = run.best.map { .number($0) } ?? .null
        let age: JSONValue = run.ageSeconds.map { .number($0) } ?? .null
        return .object([
            "run": .string(run.path), "state": .string(run.state.rawValue), "retraining": .bool(run.isRetraining),
            "step": .optional(run.step), "steps": .optional(run.steps), "best_accuracy": best,
            "bytes": .integer(run.bytes), "age_seconds": age,
        ])
    }

    // MARK: Removing

    private static func prune(_ folders: [String], _ rule: RunPruning, isMeant: Bool) throws -> ExitCode {
        var total = 0
        var count = 0
        for path in folders {
            do {
                let (paths, bytes) = try rule.candidates(in: path)
                guard !paths.isEmpty else { continue }
                if isMeant { try rule.remove(from: path) }
                total += bytes
                count += 1
                let what = rule == .empty ? "the run" : "\(paths.count) checkpoint\(paths.count == 1 ? "" : "s")"
                try StandardStreams.print(
                    "\(isMeant ? "removed" : "would remove") \(what) of \(path), \(Decimal.text(Double(bytes) * 1e-6, 1)) MB"
                )
            } catch let error as any UserFacingError {
                LogStream.snas.say(LogLine(.note, "passed over: \(error.sentence)", level: .warning))
            }
        }
        let verb = isMeant ? "freed" : "would be freed; --yes does it"
        try StandardStreams.print("\(count) runs, \(Decimal.text(Double(total) * 1e-6, 1)) MB \(verb)")
        return .done
    }
}
