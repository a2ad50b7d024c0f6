import Configuration
import Datasets
import Formats
import Host
import Reporting
import RunStore
import SearchSpace
import Tools

/// `snas compare`: the methods of the papers at equal cost, on a table that says what every cell is worth.
enum CompareCommand {
    static let command = Command(
        CommandDescription(
            "compare", "compares methods at equal cost, by what the cells that they find are worth",
            forms: [
                "--table F [--data D] [--config F] [--search LIST] [--seeds N] [--run DIR] [--workers N] [--threads T] [settings]"
            ],
            details: [
                "Searches with each method and seed; SNAS' search with the given settings says how many multiply-adds a search has, and "
                    + "each method gets as many epochs as come to that, counted when they have run. The searches read the images that the table F of snas truth "
                    + "leaves them, in its space. Then the found cells are ranked in F. The same command goes on where it was stopped."
            ],
            groups: [flags, .configuration, TrainingData.flags, LocalWorkerFlags.flags] + settings,
            examples: [
                "snas truth --table digits.jsonl --config configs/truth-digits.yaml --seeds 3",
                "snas compare --table digits.jsonl --config configs/quick.yaml --epochs 80",
            ]), run)

    private static let flags = FlagGroup(
        "the comparison",
        [
            .value("table", "F", "the table that the cells are ranked in", .files),
            .value(
                "search", "LIST", "methods with commas between them",
                standard: ComparedMethod.allCases.map(\.rawValue).joined(separator: ",")),
            .value("seeds", "N", "searches of each method: 1 to 1000", standard: "10"),
            .value("run", "DIR", "the searches' folder", standard: "runs/compare", .folders),
            .value("picture", "F.svg", "a picture of the ranks", .files),
            .toggle("json", "one JSON object instead of a table"),
        ])

    /// The method, the space and the parts of the images are the comparison's own.
    private static let settings = FlagGroup.settings(
        Setting.all.filter { setting in
            !setting.isForRetrainingOnly && !setting.key.hasPrefix("method.") && !fromTable.contains(setting.key)
        }, title: "settings of the searches", value: \.standardValue)

    /// What searches take from the table's recipe: the images that it leaves them, and the cells that it ranks.
    private static let fromTable = [
        "space.space", "space.operations", "space.nodes", "data.judge_share", "data.split_seed", "data.labels",
    ]

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        guard let path = flags.values["table"] else {
            throw UserError(
                .usage, "snas compare wants --table F, a table of snas truth; snas help compare says the rest")
        }
        let methods = try flags.values["search"].map(ComparedMethod.list) ?? ComparedMethod.allCases
        guard !methods.isEmpty else {
            throw UserError(.usage, "--search is 'random', which every comparison has; name a method beside it")
        }
        let count = try flags.number("seeds", in: 1...1000, standard: 10)
        let workers = try LocalWorkerFlags(flags)
        let table = try TruthTable.read(path)
        try flags.values["picture"].map(FileSystem.checkFile)
        let comparison = try Comparison(flags, table: table, settings: settings, fromTable: fromTable)
        let signals = try SignalPipe(StopSignals.watched)
        func run(_ searches: Comparison.Searches) throws -> ExitCode {
            let code = try SeededRuns(searches.series, data: comparison.data, workers: workers, signals: signals).run(
                searches.configuration)
            if code != .done { LogStream.snas.say(LogLine(.note, "the same command goes on")) }
            return code
        }
        // What every one of them might be refused for is found before the first.
        let guesses = try methods.map { try comparison.searches($0, epochs: comparison.epochs($0), seeds: count) }
        var searches: [Comparison.Searches] = []
        for guess in guesses {
            var series = guess
            for attempt in 1...EqualCost.attemptsAtMost {
                let code = try SeededRuns(
                    series.series, data: comparison.data, workers: workers, signals: signals
                ).run(series.configuration)
                guard code == .done else {
                    LogStream.snas.say(LogLine(.note, "the same command goes on"))
                    return code
                }
                guard attempt < EqualCost.attemptsAtMost, let epochs = try comparison.betterEpochs(than: series) else {
                    break
                }
                series = try comparison.searches(series.method, epochs: epochs, seeds: count)
            }
            searches.append(series)
        }
        guard let rows = try comparison.rows(searches, path, workers, signals) else {
            LogStream.snas.say(LogLine(.stopped, "stopped; the same command goes on"))
            return .temporary
        }
        let outcome = ComparisonTable(rows, table: path)
        try flags.values["picture"].map { try FileSystem.writeAtomically($0, Array(outcome.picture.utf8)) }
        let lines = flags.toggles.contains("json") ? [outcome.json.serialized()] : outcome.lines
        for line in lines { try StandardStreams.print(line) }
        return .done
    }
}

/// A comparison's searches, as the command line asks for them.
private struct Comparison {
    let data: TrainingData
    private let flags: CommandLineFlags
    private let settings: [FlagGroup]
    private let fromTable: [(key: String, value: String)]
    private let recipe: ResolvedConfiguration
    private let table: TruthTable
    /// Of SNAS' search with the settings that were given.
    private let multiplyAdds: Double
    private let trainPortion: Double

    /// One method's.
    struct Searches {
        let method: ComparedMethod
        let epochs: Int
        let series: SeedSeries
        let configuration: (_ seed: Int) throws -> ResolvedConfiguration
    }

    init(_ flags: CommandLineFlags, table: TruthTable, settings: [FlagGroup], fromTable keys: [String]) throws {
        self.flags = flags.leavingOut("search")
        self.table = table
        self.settings = settings
        var recipe = ConfigurationBuilder(from: .cellTraining, origin: .standard)
        for (key, value) in try table.header.recipeSettings() {
            try recipe.apply(name: key, value: value, origin: .set)
        }
        let ofTable = try recipe.finished()
        self.recipe = ofTable
        fromTable = keys.compactMap { key in
            Setting.named(key).map { (key, $0.value(in: ofTable.configuration)) }
        }
        var snas = ConfigurationBuilder()
        try snas.apply(self.flags.leavingOut(ComparedMethod.snas.unreadFlags), settings: settings)
        for (key, value) in fromTable { try snas.apply(name: key, value: value, origin: .set) }
        try snas.apply(name: "method.search", value: "snas", origin: .set)
        let reference = try snas.finished().configuration
        trainPortion = reference.data.trainPortion
        data = try TrainingData(flags, reference)
        multiplyAdds = try EqualCost.multiplyAdds(reference, on: data.images)
    }

    /// By what a search costs whose children are drawn uniformly.
    ///
    /// - Throws: `UserError` where the method does not fit the settings or the images.
    func epochs(_ method: ComparedMethod) throws -> Int {
        let asked = try resolved(method, seed: nil, epochs: nil).configuration
        return method == .snas
            ? asked.training.epochs : try EqualCost.epochs(of: asked, costing: multiplyAdds, on: data.images)
    }

    /// Children that a search has learnt to draw may cost more or less than uniform ones, and each seed's others.
    ///
    /// - Parameter searches: that are finished.
    /// - Returns: nil where they cost what they should, in the mean.
    func betterEpochs(than searches: Searches) throws -> Int? {
        let counts = try searches.series.seeds.map { seed in
            try ComparedRun(try RunDirectory.toRead(searches.series.directory(of: seed)), method: searches.method)
                .multiplyAdds
        }
        let counted = counts.reduce(0, +) / Double(counts.count)
        let epochs = EqualCost.epochs(searches.epochs, counted: counted, costing: multiplyAdds)
        guard let epochs else { return nil }
        LogStream.snas.say(
            LogLine(
                .note,
                "\(searches.method.name): \(searches.epochs) epochs came to \(Decimal.text(100 * counted / multiplyAdds, 1)) % of the "
                    + "multiply-adds; \(epochs) epochs instead"))
        return epochs
    }

    /// - Throws: `UserError` where the method does not fit the settings or the images.
    func searches(_ method: ComparedMethod, epochs: Int, seeds count: Int) throws -> Searches {
        // Searches of other epochs are other searches.
        let folder = "\(flags.values["run"] ?? "runs/compare")/\(method.rawValue)/epochs-\(epochs)"
        let first = try resolved(method, seed: nil, epochs: epochs).configuration.run.seed
        guard first <= Int.max - count else { throw UserError(.usage, "--seed \(first) leaves no \(count) seeds") }
        return Searches(
            method: method, epochs: epochs, series: try SeedSeries(in: folder, seeds: Array(first..<first + count)),
            configuration: { try resolved(method, seed: $0, epochs: epochs) })
    }

    private func resolved(_ method: ComparedMethod, seed: Int?, epochs: Int?) throws -> ResolvedConfiguration {
        var builder = ConfigurationBuilder()
        try builder.apply(flags.leavingOut(method.unreadFlags), settings: settings)
        for (key, value) in try fromTable + method.settings(trainPortion: trainPortion) {
            try builder.apply(name: key, value: value, origin: .set)
        }
        if let seed { try builder.apply(name: "run.seed", value: "\(seed)", origin: .set) }
        if let epochs { try builder.apply(name: "training.epochs", value: "\(epochs)", origin: .set) }
        return try builder.finished()
    }

    /// - Returns: nil where a signal came; what has been trained is kept.
    func rows(
        _ searches: [Searches], _ path: String, _ workers: LocalWorkerFlags, _ signals: SignalPipe
    ) throws -> [ComparisonTable.Row]? {
        let build = try TruthBuild(recipe, data: data.images, dataLocation: data.location)
        let ranking = try TruthRanking(build, table: table, path: path)
        let pool = TrainingPool(
            build.constants, threads: min(workers.allThreads, 256), kernels: workers.kernels,
            signals: signals)
        var rows: [ComparisonTable.Row] = []
        for search in searches {
            let folders = search.series.seeds.map(search.series.directory)
            let cells = try folders.map { try FoundCell(argument: $0) }
            guard let (ranks, _) = try ranking.ranks(of: cells, draws: nil, pool: pool) else { return nil }
            let runs = try folders.map { try ComparedRun(try RunDirectory.toRead($0), method: search.method) }
            rows.append(ComparisonTable.Row(search.method, epochs: search.epochs, runs: runs, ranks: ranks))
        }
        return rows
    }
}
