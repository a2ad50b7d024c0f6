import Formats
import Host
import Reporting
import RunStore
import Tools

/// `snas report`: runs as a page for a browser, in one file.
enum ReportCommand {
    static let command = Command(
        CommandDescription(
            "report", "writes a page that shows runs",
            forms: ["RUN... [--out F.html] [--truth F.jsonl]"],
            details: [
                "One HTML file that needs nothing else: curves, alpha, cells, workers, warnings, settings, and the commands that "
                    + "make the runs again. Several runs, or a folder of seeds, stand beside each other. A run may still be going on, "
                    + "and is not changed.",
                "The page of one run is RUN/report.html, of several ones report.html; where it is is said on standard output.",
            ],
            groups: [
                FlagGroup(
                    "the page",
                    [
                        .value("out", "F.html", "where it is written; - is standard output", .files),
                        .value(
                            "truth", "F.jsonl", "a table of snas truth: says where the runs' cells stand in it", .files),
                    ])
            ],
            words: .folders, examples: ["snas report runs/digits-2-1", "snas report runs/a runs/b --out both.html"]),
        run)

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        guard !flags.positional.isEmpty else {
            throw UserError(.usage, "snas report takes the folders of one run or several")
        }
        let folders = try flags.positional.flatMap(runs)
        guard folders.count <= ReportPage.runLimit else {
            throw UserError(
                .usage,
                "a page shows at most \(ReportPage.runLimit) runs, these are \(folders.count): lines of more could not be "
                    + "told apart")
        }
        let out = flags.values["out"] ?? (folders.count == 1 ? "\(folders[0])/report.html" : "report.html")
        let isPrinted = out == "-"
        // All mistakes of the command before anything long is read.
        for folder in folders { _ = try RunDirectory.toRead(folder) }
        if !isPrinted { try FileSystem.checkFile(out) }
        let views = try folders.map { try RunView(of: $0).page }
        let worth = try flags.values["truth"].map { try places(of: folders, in: $0) } ?? []
        let html = ReportPage(views, worth: worth).html
        guard !isPrinted else {
            try StandardStreams.print(html)
            return .done
        }
        try FileSystem.writeAtomically(out, Array(html.utf8))
        for remark in views.flatMap({ view in view.remarks.map { "\(view.name): \($0)" } }) {
            StandardStreams.note(remark)
        }
        try StandardStreams.print(out)
        return .done
    }

    /// A run's folder itself; of a folder of seeds the runs in it, by their seeds.
    private static func runs(_ path: String) throws -> [String] {
        let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard !RunDirectory.isThere(folder), FileSystem.isDirectory(folder) else { return [folder] }
        let seeds = try FileSystem.list(folder).filter { RunDirectory.isThere("\(folder)/\($0)") }
            .compactMap { name in SeedSeries.seed(ofFolder: name).map { (seed: $0, name: name) } }
        guard !seeds.isEmpty else { return [folder] }
        return seeds.sorted { $0.seed < $1.seed }.map { "\(folder)/\($0.name)" }
    }

    private static func places(of folders: [String], in path: String) throws -> [PageTable] {
        do {
            return [try TruthPlaces.table(of: folders.map { (name: $0, folder: $0) }, in: path)]
        } catch let error as FormatError { throw UserError(.data, error.description) }
    }
}
