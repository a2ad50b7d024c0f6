package import Configuration
package import Datasets
import Formats
import Host
import Reporting
package import SearchSpace
package import Wire

/// `snas truth`: trains the cells of a space from scratch, all alike, and writes down what they are worth.
package struct TruthBuild {
    /// The recipe as it was fitted to the images, without a genotype and with the default seed: both are each training's own.
    package let configuration: SearchConfiguration
    /// The training part of the data set, which is cut into training and judging images.
    package let data: ImageSet
    /// A folder, or the name of an embedded set: the worker reads the data set from there.
    package let dataLocation: String
    private let image: ImageShape
    private let judgedBy: TrainingConstants.Judges

    /// - Parameters:
    ///   - resolved: the recipe, without a genotype.
    ///   - judgedBy: which images say what a cell is worth.
    /// - Throws: `UserError` where it does not fit the images.
    package init(
        _ resolved: ResolvedConfiguration, data: ImageSet, dataLocation: String,
        judgedBy: TrainingConstants.Judges = .judge
    ) throws {
        self.judgedBy = judgedBy
        self.data = data
        self.dataLocation = dataLocation
        image = ImageShape(channels: data.channels, height: data.height, width: data.width)
        var whole = resolved.configuration
        // Any cell shows whether the recipe fits the images.
        whole.retrain.genotype = whole.space.searchSpace.uniform(.skipConnect)
        try whole.checkSides(of: image)
        let (fitted, notes) = try ResolvedConfiguration(configuration: whole, origins: resolved.origins)
            .fitted(to: image)
        for note in notes { LogStream.snas.say(LogLine(.note, "note: \(note)")) }
        var recipe = fitted.configuration
        recipe.retrain.genotype = nil
        recipe.run.seed = SearchConfiguration().run.seed
        configuration = recipe
    }

    /// The cells of the recipe's network on these images.
    package var space: CellSpace { CellSpace(configuration.plan(image: image, classes: data.classes)) }

    /// What the worker is told before its first training.
    package var constants: TrainingConstants {
        TrainingConstants(
            configuration: configuration.canonicalText, dataLocation: dataLocation,
            dataDigest: Hexadecimal.string(data.digest()), judgedBy: judgedBy)
    }

    /// Of the network that a cell's training trains, without auxiliary head.
    func cost(_ genotype: Genotype) -> LayerCost {
        var own = configuration
        own.retrain.genotype = genotype
        own.retrain.auxiliary = false
        guard let plan = own.derivedPlan(image: image, classes: data.classes) else {
            preconditionFailure("the genotype was set")
        }
        return NetworkCost(plan).total
    }

    /// Writes the table, going on where it ends.
    ///
    /// - Parameters:
    ///   - seeds: training seeds 1 to this, one after the other.
    /// - Returns: nil where a signal ended it early: the rows so far are in the table.
    /// - Throws: `UserError` where the file holds another table.
    package func table(
        at path: String, cells: TruthCells, seeds: Int, pool: TrainingPool
    ) throws -> TruthTable? {
        guard let greeting = try pool.start() else { return nil }
        try requireJudges(greeting)
        // Only now, that it can be made, the file is: a mistake leaves nothing behind.
        let file = try AppendedFile(path)
        let header = TruthHeader(configuration: configuration, data: data, cells: cells, greeting: greeting)
        let wanted = (1...seeds).flatMap { seed in cells.genotypes.map { (genotype: $0, seed: seed) } }
        var table = try begun(file, header)
        for (number, (row, job)) in zip(table.rows, wanted).enumerated()
        where row.genotype != job.genotype || row.seed != job.seed {
            throw UserError(.data, "\(path), line \(number + 2): another cell or seed than the one that belongs there")
        }
        let done = table.rows.count
        let jobs = wanted.dropFirst(done).enumerated().map { number, job in
            TrainingJob(number: number, genotype: job.genotype, seed: job.seed)
        }
        var progress = TruthProgress(done: done, of: wanted.count, sideBySide: pool.threads)
        let isWhole = try pool.train(jobs) { outcome in
            let row = row(of: jobs[outcome.number], outcome)
            try file.append(Array((row.line(images: header.judgeImages) + "\n").utf8))
            table.rows.append(row)
            progress.count(outcome, row)
        }
        progress.end()
        return isWhole ? table : nil
    }

    func requireJudges(_ greeting: TrainerGreeting) throws {
        guard greeting.judgeImages == 0 else { return }
        let setting =
            switch judgedBy {
            case .judge: "data.judge_share is too small"
            case .heldOut: "data.train_portion holds none out"
            }
        throw UserError(.configuration, "no images are left to judge the cells: \(setting)")
    }

    func row(of job: TrainingJob, _ outcome: TrainingOutcome) -> TruthTable.Row {
        let cost = cost(job.genotype)
        return TruthTable.Row(
            genotype: job.genotype, seed: job.seed, loss: outcome.loss, hits: outcome.hits,
            parameters: cost.parameters, multiplyAdds: cost.multiplyAdds, fingerprint: outcome.fingerprint)
    }

    /// What the file holds, once its torn last line is cut off; of a new file the header, which is written.
    func begun(_ file: AppendedFile, _ header: TruthHeader) throws -> TruthTable {
        let bytes = try FileSystem.readFile(file.path, limitBytes: TruthTable.limitBytes)
        guard let (table, wholeBytes) = try TruthTable.read(bytes, source: file.path) else {
            let line = Array((header.line + "\n").utf8)
            // A header that was cut short is this one's beginning; anything else is somebody's file.
            guard line.starts(with: bytes) else { throw UserError(.data, "'\(file.path)' is no truth table") }
            try file.truncate(toBytes: 0)
            try file.append(line)
            return TruthTable(header: header, rows: [])
        }
        try refuseDifference(header, from: table.header, file.path)
        if wholeBytes < bytes.count { try file.truncate(toBytes: wholeBytes) }
        return table
    }

    func refuseDifference(_ header: TruthHeader, from table: TruthHeader, _ path: String) throws {
        switch header.firstDifference(fromTable: table) {
        case .settings(let difference):
            throw UserError(.configuration, "'\(path)' is another table: \(difference); choose another file")
        case .machine(let difference):
            throw UserError(.protocolMismatch, "'\(path)' cannot go on here: \(difference)")
        case nil: break
        }
    }
}

/// How far the trainings are, on standard error, and what they cost.
struct TruthProgress {
    private let alreadyDone: Int
    private let total: Int
    private let pace: TrainingPace
    private var processorSeconds: [Double] = []
    private let started = Clock.monotonic()
    private var told = Clock.monotonic()

    /// Between two lines.
    private static let interval = Duration.seconds(30)

    init(done: Int, of total: Int, sideBySide: Int) {
        alreadyDone = done
        self.total = total
        pace = TrainingPace(sideBySide: sideBySide)
        if done > 0 {
            LogStream.snas.say(LogLine(.runBegins, "\(done) of \(total) trainings are in the table already"))
        }
    }

    mutating func count(_ outcome: TrainingOutcome, _ row: TruthTable.Row) {
        processorSeconds.append(outcome.processorSeconds)
        let now = Clock.monotonic()
        guard now - told >= Self.interval else { return }
        told = now
        let done = alreadyDone + processorSeconds.count
        let seconds = pace.secondsLeft(
            elapsed: (now - started).seconds, done: processorSeconds.count, left: total - done)
        let minutes = seconds.map { Int(($0 / 60).rounded(.up)) }
        LogStream.snas.say(
            LogLine(
                .progress,
                "\(done) of \(total) trainings, seed \(row.seed); \(minutes.map(String.init) ?? "?") min left",
                [
                    "done": .integer(done), "trainings": .integer(total),
                    "seconds_left": minutes.map { .number(60 * Double($0)) } ?? .null,
                ]))
    }

    func end() {
        guard !processorSeconds.isEmpty else { return }
        let sum = processorSeconds.reduce(0, +)
        let median = processorSeconds.sorted()[processorSeconds.count / 2]
        LogStream.snas.say(
            LogLine(
                .note,
                "\(processorSeconds.count) trainings took \(Decimal.text((Clock.monotonic() - started).seconds, 1)) s, "
                    + "\(Decimal.text(sum, 1)) s of processor time, \(Decimal.text(median, 2)) s each (median)",
                [
                    "trainings": .integer(processorSeconds.count), "cpu_seconds": .number(sum),
                    "median_cpu_seconds": .number(median),
                ]))
    }
}
