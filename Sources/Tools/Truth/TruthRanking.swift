import Configuration
import Datasets
import Host
import SearchSpace
import Wire

/// `snas truth --rank`: trains found cells as a table's cells were trained, where they are not in it, and ranks them.
package struct TruthRanking {
    let build: TruthBuild
    private let table: TruthTable
    private let path: String
    private let population: TruthPopulation

    /// Beside the table: lines of cells that somebody found, which are trained once.
    private var foundPath: String { path + ".found" }

    /// - Throws: `UserError`: configuration where recipe or data are not the table's, data for a table without a row.
    package init(_ build: TruthBuild, table: TruthTable, path: String) throws {
        try build.refuseDifference(table.header.with(build.configuration, build.data), from: table.header, path)
        self.build = build
        self.table = table
        self.path = path
        guard let population = TruthPopulation(table) else {
            throw UserError(
                .data, "'\(path)' has no cell yet: snas truth --table \(ShellWord.quoted(path)) goes on with it")
        }
        self.population = population
    }

    /// - Parameters:
    ///   - draws: random cells that cost as much as a search; nil works it out from the searches.
    /// - Returns: nil where a signal came; what has been trained is kept.
    package func ranks(
        of cells: [FoundCell], draws: Int?, pool: TrainingPool
    ) throws -> (ranks: TruthRanks, frame: TruthRanks.Frame)? {
        let space = build.space
        let rivals = [Operation.sepConv3x3, .sepConv5x5].map {
            FoundCell(name: "every edge \($0.name)", genotype: space.searchSpace.uniform($0))
        }.filter { space.contains($0.genotype) }
        guard let trained = try trained((cells + rivals).map(\.genotype), pool: pool) else { return nil }
        let named = zip(cells + rivals, trained).map { (name: $0.name, cell: $1) }
        let (own, words) = try drawCount(draws, cells)
        let ranks = TruthRanks(
            found: Array(named[..<cells.count]), rivals: Array(named[cells.count...]), draws: own, in: population)
        return (ranks, TruthRanks.Frame(path: path, header: table.header, drawsWords: words))
    }

    /// How well a search's own weights know the cells' worth: Kendall's tau-b of one-shot accuracy with the table's losses.
    ///
    /// - Parameter pool: one whose worker looks at cells with a search's weights.
    /// - Returns: nil where a signal came.
    package func oneShotAgreement(run: String, pool: TrainingPool) throws -> TruthRanks.OneShot? {
        let jobs = population.cells.enumerated().map { TrainingJob(number: $0, genotype: $1.genotype, seed: 0) }
        var hits: [Int] = []
        guard try pool.train(jobs, took: { hits.append($0.hits) }) else { return nil }
        return TruthRanks.OneShot(run: run, agreement: population.agreement(ofAccuracies: hits))
    }

    // MARK: Training what is not there

    /// With the table's seeds.
    func trained(_ genotypes: [Genotype], pool: TrainingPool) throws -> [TruthPopulation.Cell]? {
        let space = build.space
        let wanted = genotypes.map { space.contains($0) ? space.canonical($0) : $0 }
        var rows: [Key: TruthTable.Row] = [:]
        for row in table.rows { rows[Key(row)] = row }
        let keys = wanted.flatMap { genotype in population.seeds.map { Key(genotype: genotype, seed: $0) } }
        if keys.contains(where: { rows[$0] == nil }) {
            guard let more = try build.rows(at: foundPath, of: keys.filter { rows[$0] == nil }, like: table, pool: pool)
            else { return nil }
            for row in more { rows[Key(row)] = row }
        }
        return wanted.map { genotype in
            let own = population.seeds.map { seed in
                guard let row = rows[Key(genotype: genotype, seed: seed)] else { preconditionFailure("it was trained") }
                return row
            }
            return TruthPopulation.Cell(own, images: table.header.judgeImages)
        }
    }

    struct Key: Hashable {
        let genotype: Genotype
        let seed: Int

        init(genotype: Genotype, seed: Int) {
            self.genotype = genotype
            self.seed = seed
        }

        init(_ row: TruthTable.Row) { self.init(genotype: row.genotype, seed: row.seed) }
    }

    // MARK: The rival of equal cost

    private func drawCount(_ given: Int?, _ cells: [FoundCell]) throws -> (Int?, words: String) {
        if let given { return (given, "k = \(given) random cells, as asked for") }
        let costs = try cells.compactMap(\.search).map { search in
            try SearchCost(
                search, recipe: build.configuration, data: build.data, cellMultiplyAdds: population.meanMultiplyAdds,
                judgeImages: table.header.judgeImages)
        }
        guard let first = costs.first else {
            return (nil, "what the cells cost to find is not known: --k N compares them with the best of N random ones")
        }
        let mean = TruthPopulation.mean(costs.map(\.trainings))
        let count = max(1, Int(mean.rounded()))
        let shown = (mean * 100).rounded() / 100
        return (count, "k = \(count) random cells (\(shown) trainings cost as much as a search): \(first.words)")
    }
}

extension TruthBuild {
    /// Rows of single cells, kept in a file of their own.
    ///
    /// - Parameter table: whose recipe and machine they are to share; nil where there is none.
    /// - Returns: nil where a signal ended it early; else what the file holds, in which every key has its row.
    /// - Throws: `UserError` (configuration) where the file holds rows of another recipe, or no image judges.
    func rows(
        at path: String, of keys: [TruthRanking.Key], like table: TruthTable?, pool: TrainingPool
    ) throws -> [TruthTable.Row]? {
        guard let greeting = try pool.start() else { return nil }
        try requireJudges(greeting)
        let file = try AppendedFile(path)
        let header = TruthHeader(
            configuration: configuration, data: data, cells: TruthCells(choice: .given, genotypes: []),
            greeting: greeting)
        if let table { try refuseDifference(header.asTable(like: table.header), from: table.header, path) }
        var kept = try begun(file, header)
        let known = Set(kept.rows.map(TruthRanking.Key.init))
        var missing: [TruthRanking.Key] = []
        for key in keys where !known.contains(key) && !missing.contains(key) { missing.append(key) }
        let jobs = missing.enumerated().map { TrainingJob(number: $0, genotype: $1.genotype, seed: $1.seed) }
        let isWhole = try pool.train(jobs) { outcome in
            let row = row(of: jobs[outcome.number], outcome)
            try file.append(Array((row.line(images: header.judgeImages) + "\n").utf8))
            kept.rows.append(row)
        }
        return isWhole ? kept.rows : nil
    }
}
