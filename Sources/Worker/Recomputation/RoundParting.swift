import Datasets
import Formats
import Optimization
import RunStore
import SearchSpace
import Training
import Wire

/// One round of a step, computed for two runs shard by shard: whether what the shards read and what they gave have the same bits.
struct RoundParting: Sendable {
    let number: Int
    let purpose: String
    /// What the round's jobs ask otherwise, a sentence each.
    let asked: [String]
    /// The first shard that reads something else, with what it is.
    private(set) var firstInput: (shard: Int, what: [String])?
    /// The first shard whose contribution has other bits, with where it has them.
    private(set) var firstContribution: (shard: Int, what: [String], tensor: TensorParting?)?
    private(set) var shardsDiffering = 0
    let shardCount: Int
    /// Why contributions could not be held side by side; nil where they were.
    let objection: String?

    /// Whether nothing that the round reads or gives differs.
    var isNone: Bool { asked.isEmpty && firstInput == nil && firstContribution == nil && objection == nil }

    /// - Parameters:
    ///   - shape: of alpha; nil where the architecture is fixed.
    ///   - threads: shards that are computed at once.
    init(
        _ rounds: Both<ReplayedRound>, layout: WeightLayout, _ shape: EdgeTableShape?, threads: Int
    ) throws {
        let jobs = rounds.map(\.planned.job)
        number = rounds.first.number
        purpose = rounds.first.purpose
        asked = Self.asked(jobs, shape)
        shardCount = min(jobs.first.shardCount, jobs.second.shardCount)
        objection = Self.objection(jobs)
        guard objection == nil else { return }
        let weights = VectorSections.weights(layout)
        let statistics = VectorSections.statistics(layout)
        let sections = Both(
            jobs.first.yields.contains(.weightGradient) ? weights : nil,
            jobs.first.yields.contains(.statistics) ? statistics : nil
        ).values.compactMap { $0 }
        let payload = sections.dropFirst().reduce(sections.first) { $0?.followed(by: $1) }
        for start in stride(from: 0, to: shardCount, by: threads) {
            let shards = Array(start..<min(shardCount, start + threads))
            let works = try ThreadedMap.map(shards, threads: threads) { shard in
                Both(try rounds.first.work(on: shard), try rounds.second.work(on: shard))
            }
            for (shard, work) in zip(shards, works) { take(shard, work, payload, shape) }
        }
    }

    private mutating func take(
        _ shard: Int, _ work: Both<ShardWork>, _ payload: VectorSections?, _ shape: EdgeTableShape?
    ) {
        if firstInput == nil {
            let what = Self.inputs(work.map(\.inputs))
            if !what.isEmpty { firstInput = (shard, what) }
        }
        let tensor = payload.flatMap { $0.parting(work.first.payload.array, work.second.payload.array) }
        let what = Self.reports(work.map(\.report), shape)
        guard tensor != nil || !what.isEmpty else { return }
        shardsDiffering += 1
        if firstContribution == nil { firstContribution = (shard, what, tensor) }
    }

    // MARK: What is asked

    private static func asked(_ jobs: Both<RoundJob>, _ shape: EdgeTableShape?) -> [String] {
        var lines: [String] = []
        func compare<Value: Equatable>(_ name: String, _ value: (RoundJob) -> Value) {
            let values = jobs.map(value)
            if !values.areEqual { lines.append("\(name): \(values.first) against \(values.second)") }
        }
        compare("images") { "\($0.images)" }
        compare("mixing") { "\($0.mixing)" }
        compare("epoch") { $0.epoch }
        compare("batch of the epoch") { $0.stepInEpoch }
        compare("shards") { $0.shardCount }
        compare("images of the round") { $0.imageCount }
        compare("drop-path probability") { $0.dropPathProbability }
        compare("chance that an operation without weights is left out") { $0.operationDropProbability }
        compare("factors of the shards' losses") { $0.lossFactors }
        let tables = jobs.map(\.table)
        if let shape, tables.first.count == shape.count, tables.second.count == shape.count {
            if let parting = VectorSections.table(shape).parting(tables.first, tables.second) {
                lines.append("alpha or mixture: \(parting.text)")
            }
        }
        return lines
    }

    private static func objection(_ jobs: Both<RoundJob>) -> String? {
        let (first, second) = (jobs.first, jobs.second)
        if first.shardCount != second.shardCount || first.imageCount != second.imageCount {
            return "the batch is cut otherwise: contributions of shards are not of the same images"
        }
        return first.yields == second.yields && first.images == second.images
            ? nil : "the rounds of the step ask for different things: their contributions are not of one kind"
    }

    // MARK: What is read and given

    private static func inputs(_ inputs: Both<ShardInputs>) -> [String] {
        var what: [String] = []
        let (first, second) = (inputs.first, inputs.second)
        if first.batch.labels != second.batch.labels { what.append("labels") }
        if !areSame(first.batch.pixels, second.batch.pixels) { what.append("images") }
        if !areSame(first.mixture?.entries, second.mixture?.entries) { what.append("mixture") }
        if !areSame(first.dropPath, second.dropPath) { what.append("drop-path masks") }
        return what
    }

    private static func areSame(_ first: [Float]?, _ second: [Float]?) -> Bool {
        guard let first, let second else { return first == nil && second == nil }
        return first.count == second.count && zip(first, second).allSatisfy { $0.bitPattern == $1.bitPattern }
    }

    /// What is not summed over shards.
    private static func reports(_ reports: Both<ShardReport>, _ shape: EdgeTableShape?) -> [String] {
        var what: [String] = []
        let (first, second) = (reports.first, reports.second)
        if first.loss.bitPattern != second.loss.bitPattern { what.append("loss: \(first.loss) against \(second.loss)") }
        if first.hits != second.hits { what.append("hits: \(first.hits) against \(second.hits)") }
        if first.finite != second.finite { what.append("finite: \(first.finite) against \(second.finite)") }
        if let shape {
            for (name, values) in [
                ("alpha's gradient", reports.map(\.alphaGradient)), ("credits", reports.map(\.credits)),
            ] where values.first.count == shape.count && values.second.count == shape.count {
                if let parting = VectorSections.table(shape).parting(values.first, values.second) {
                    what.append("\(name): \(parting.text)")
                }
            }
        }
        return what
    }
}

extension RoundParting {
    /// For people.
    var lines: [String] {
        var lines = asked.map { "round \(number) (\(purpose)): \($0)" }
        if let objection { return lines + ["round \(number): \(objection)"] }
        if let firstInput {
            lines.append(
                "round \(number), shard \(firstInput.shard) is the first that reads something else: "
                    + firstInput.what.joined(separator: ", "))
        } else {
            lines.append("round \(number): all \(shardCount) shards read the same images, mixtures and masks")
        }
        guard let found = firstContribution else {
            return lines + ["round \(number): all \(shardCount) shards contribute the same bits"]
        }
        lines.append(
            "round \(number), shard \(found.shard) is the first whose contribution differs (\(shardsDiffering) of \(shardCount) do)"
        )
        if let tensor = found.tensor { lines.append("  its gradients and statistics: \(tensor.text)") }
        return lines + found.what.map { "  \($0)" }
    }

    var json: JSONValue {
        .object([
            "round": .integer(number), "purpose": .string(purpose), "asked": .array(asked.map(JSONValue.string)),
            "shards": .integer(shardCount), "differing_shards": .integer(shardsDiffering),
            "first_input": firstInput.map { input in
                .object([
                    "shard": .integer(input.shard), "what": .array(input.what.map(JSONValue.string)),
                ])
            } ?? .null,
            "first_contribution": firstContribution.map { found in
                .object([
                    "shard": .integer(found.shard), "first": found.tensor?.json ?? .null,
                    "report": .array(found.what.map(JSONValue.string)),
                ])
            } ?? .null, "objection": objection.map(JSONValue.string) ?? .null,
        ])
    }
}
