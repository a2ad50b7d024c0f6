import Configuration
import Coordinator
import Host
import Reporting
import RunStore
import Tools

/// The searches of a series, one after the other on this machine. What is finished is not searched again, what was begun goes on.
struct SeededRuns {
    private let series: SeedSeries
    private let data: TrainingData
    private let workers: LocalWorkerFlags
    private let signals: SignalPipe

    init(_ series: SeedSeries, data: TrainingData, workers: LocalWorkerFlags, signals: SignalPipe) {
        self.series = series
        self.data = data
        self.workers = workers
        self.signals = signals
    }

    /// - Parameter configuration: of a seed.
    /// - Returns: `done`, or why a search ended before its time: then none after it was begun.
    /// - Throws: `UserError`, before the first search for whatever can be known then.
    func run(_ configuration: (_ seed: Int) throws -> ResolvedConfiguration) throws -> ExitCode {
        let searches = try series.seeds.map { seed in
            let resolved = try configuration(seed)
            let fitted = try TrainingSession.fitted(resolved, to: data.images).resolved.configuration
            return (seed, resolved, standing: try series.standing(of: seed, fitted, data: data.images))
        }
        for (number, (seed, resolved, standing)) in searches.enumerated() {
            let place = "seed \(seed) (\(number + 1) of \(searches.count), \(series.directory(of: seed)))"
            let session: () throws -> TrainingSession
            switch standing {
            case .finished:
                LogStream.snas.say(LogLine(.runBegins, "\(place) is finished"))
                continue
            case .begun:
                LogStream.snas.say(LogLine(.runBegins, "\(place) goes on"))
                session = { try TrainingSession(resuming: series.directory(of: seed), dataAt: data.location) }
            case .new:
                LogStream.snas.say(LogLine(.runBegins, "\(place) begins"))
                session = {
                    try TrainingSession(new: resolved, data: data.images, dataLocation: data.location) {
                        try RunDirectory.create(series.directory(of: seed))
                    }
                }
            }
            let code = try LocalRun.run(
                workers: workers, signals: signals, printsResults: false, session: session)
            guard code == .done else { return code }
        }
        return .done
    }
}
