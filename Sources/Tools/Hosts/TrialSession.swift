import Configuration
import Coordinator
import Datasets
import Host
import RunStore
import SearchProtocol
import SearchSpace
import Training

/// What the rounds of a trial took, as its coordinator counts them: from the opening until the contribution is added.
final class TrialTimes {
    private(set) var seconds: [Double] = []
    private var begun: Duration?

    /// Rounds before the clock counts, of as many as there are: connections grow fast, and pages are touched.
    private static let warmUp = 2
    private static let rounds = 9
    /// Over a slow link two rounds say enough.
    private static let limit: Duration = .seconds(4)

    /// Whether there are enough of them; the first time is the beginning.
    func isEnough(at now: Duration) -> Bool {
        begun = begun ?? now
        return seconds.count >= Self.rounds || (seconds.count >= 2 && now - (begun ?? now) > Self.limit)
    }

    func add(_ round: Double) { seconds.append(round) }

    /// Nil before there are two rounds.
    var median: Double? {
        guard seconds.count >= 2 else { return nil }
        let counted = seconds.dropFirst(min(Self.warmUp, seconds.count - 1)).sorted()
        return counted[counted.count / 2]
    }
}

/// A search that is begun to time what travels, and is over when enough did.
struct TrialSession: RunSession {
    private var session: TrainingSession
    private let times: TrialTimes
    private static let imageCount = 48

    /// - Parameter folder: of the run, not there yet.
    /// - Throws: `UserError`.
    init(_ search: AskedSearch, times: TrialTimes, folder: String) throws {
        self.times = times
        let resolved = ResolvedConfiguration(configuration: Self.configuration(search), origins: [:])
        session = try TrainingSession(new: resolved, data: Self.images(search), dataLocation: "made up") {
            try RunDirectory.create(folder)
        }
    }

    /// One worker answers all of a step with one contribution. What it computes is nothing, so only what decides the network is the
    /// asked search's, and how bytes travel.
    private static func configuration(_ search: AskedSearch) -> SearchConfiguration {
        var configuration = SearchConfiguration()
        configuration.space = search.configuration.space
        configuration.cluster = search.configuration.cluster
        configuration.cluster.minWorkers = 1
        configuration.cluster.auditShare = 0
        // Whoever starts the worker knows how long to wait for it.
        configuration.cluster.waitLimitSeconds = 3600
        configuration.method.derive = .argmax
        configuration.training.shards = 1
        // One image alone may leave a batch norm a single value.
        configuration.training.batchSize = 2
        configuration.run.checkpointIntervalSeconds = 3600
        return configuration
    }

    /// Few, for they are sent to the host; half of them are held out, and the others are an epoch of more rounds than a trial has.
    private static func images(_ search: AskedSearch) -> ImageSet {
        let (count, channels) = (imageCount, search.shape.channels)
        return ImageSet(
            name: "made up", channels: channels, height: search.shape.height, width: search.shape.width,
            classes: search.classes,
            images: ImagePart(
                pixels: [UInt8](repeating: 0, count: count * search.shape.count),
                labels: (0..<count).map { UInt8($0 % 2) }),
            mean: [Float](repeating: 0.5, count: channels), deviation: [Float](repeating: 0.25, count: channels),
            cropPadding: 0, flips: false)
    }

    mutating func nextRound() -> PlannedRound? {
        times.isEnough(at: Clock.monotonic()) ? nil : session.nextRound()
    }

    mutating func absorb(_ result: RoundResult, workers: Int, seconds: Double) -> RoundOutcome {
        times.add(seconds)
        return session.absorb(result, workers: workers, seconds: seconds)
    }

    mutating func skip(_ skip: RoundSkip, workers: Int, seconds: Double) -> RoundOutcome {
        session.skip(skip, workers: workers, seconds: seconds)
    }

    var configuration: SearchConfiguration { session.configuration }
    var data: ImageSet { session.data }
    var directory: RunDirectory { session.directory }
    var layout: WeightLayout { session.layout }
    var weights: [Float] { session.weights }
    var step: Int { session.step }
    var isInsideStep: Bool { session.isInsideStep }
    var outline: RunOutline { session.outline }
    func checkpoint() -> PersistenceRequest? { session.checkpoint() }
    func standingCheckpoints() throws -> [CheckpointMark] { try session.standingCheckpoints() }
    func finish() -> RunResults { session.finish() }
    func discard() { session.discard() }
}
