import Configuration
import Estimation
import Formats
import Optimization
import Randomness
import SearchSpace
import Testing
import Training
import Wire

/// A search whose rounds are answered by made-up numbers: what a run does with sums, without any network.
struct MadeUpSearch {
    var run: TrainingRun
    /// Of each shard of a round.
    var hits: @Sendable (RoundJob, Int) -> Int = { _, _ in 1 }

    private static func small(_ change: (inout SearchConfiguration) -> Void) -> SearchConfiguration {
        var configuration = SearchConfiguration()
        configuration.space.initChannels = 4
        configuration.space.layers = 3
        configuration.training.epochs = 3
        configuration.training.batchSize = 8
        configuration.training.shards = 2
        configuration.architecture.warmup = 0
        configuration.evaluation.recalibrationImages = 8
        change(&configuration)
        return configuration
    }

    /// With the method, the budget and the choice that the configuration asks for.
    static func configured(
        heldOutImages: Int = 10, _ change: (inout SearchConfiguration) -> Void
    ) throws -> MadeUpSearch {
        let configuration = small(change)
        try configuration.checkConsistency()
        var search = MadeUpSearch()
        search.run = try TrainingRun(
            configuration, image: ImageShape(channels: 1, height: 8, width: 8), classes: 10, gradientImages: 26,
            searchImages: 40, choosingImages: configuration.candidates == nil ? 0 : 12, heldOutImages: heldOutImages)
        return search
    }

    init(withBudget: Bool = false, change: (inout SearchConfiguration) -> Void = { _ in }) {
        let configuration = Self.small(change)
        let image = ImageShape(channels: 1, height: 8, width: 8)
        let plan = configuration.plan(image: image, classes: 10)
        let budget = withBudget ? try? Budget(configuration, image: image, classes: 10) : nil
        run = TrainingRun(
            TrainingPlan(
                configuration, layout: .superNetwork(plan), classes: 10, gradientImages: 26, heldOutImages: 10),
            SingleLevelSearch(budget), cells: SearchedCells(plan.space, rule: configuration.derivation, budget: budget))
    }

    var space: SearchSpace { run.plan.configuration.space.searchSpace }

    /// Numbers that depend on step and position alone, of both signs.
    static func value(_ step: UInt64, _ position: Int) -> Float {
        Float((position &* 37 &+ Int(step) &* 101) % 41 - 20) / 64
    }

    func gradient(_ job: RoundJob) -> [Float] {
        (0..<run.plan.layout.weightCount).map { Self.value(job.step, $0) }
    }

    func statistics(_ job: RoundJob) -> [Float] {
        (0..<run.plan.layout.statisticCount).map { abs(Self.value(job.step, $0)) }
    }

    func alphaGradient(_ job: RoundJob, shard: Int) -> [Float] {
        (0..<job.table.count).map { Self.value(job.step, $0 + shard) }
    }

    /// Answers one round and says what came of it; nil when the run is over.
    mutating func advance(spoil: (inout [Float], inout [ShardReport]) -> Void = { _, _ in }) -> [RunReport]? {
        guard let planned = run.nextRound() else { return nil }
        let job = planned.job
        var total: [Float] = []
        var reports: [ShardReport] = []
        for shard in 0..<job.shardCount {
            let images = job.yields.hasGradient ? job.imageCount / job.shardCount : min(64, job.imageCount)
            var report = ShardReport(
                shard: shard, imageCount: images, loss: 2, hits: hits(job, shard), finite: true)
            if job.yields.hasGradient {
                report.alphaGradient = alphaGradient(job, shard: shard)
                report.credits = job.yields.contains(.alphaGradient) ? report.alphaGradient : []
            }
            reports.append(report)
        }
        switch job.images {
        case .gradientBatch, .searchBatch:
            total =
                (job.yields.contains(.weightGradient) ? gradient(job) : [])
                + (job.yields.contains(.statistics) ? statistics(job) : [])
            total = total.map { Float(job.shardCount) * $0 }
        case .gradientSample: total = statistics(job)
        case .heldOut, .choosing, .rewardBatch: total = []
        }
        #expect(total.count == planned.payloadCount)
        #expect((planned.statistics != nil) == [.heldOut, .choosing].contains(job.images))
        spoil(&total, &reports)
        return run.absorb(job, total: total, reports: reports)
    }

    mutating func finish() -> [RunReport] {
        var all: [RunReport] = []
        while let reports = advance() { all += reports }
        return all
    }
}
