import Configuration
import Formats
import Launching
import Reporting

/// What a search asks of its hosts, once it is known what all of them can do.
package struct SearchNeeds: Sendable {
    let dataDigest: String
    private let dataBytes: Int
    let allowsMixedKinds: Bool
    private let training: SearchConfiguration.TrainingSection
    private let minWorkers: Int
    /// Of most of the hosts; nil where none was measured.
    let kind: String?
    /// Of a step, where all hosts that can work part its images by their speed; nil where none can.
    let computeSeconds: Double?

    package init(_ search: AskedSearch, _ measurements: [HostMeasurement]) {
        dataDigest = search.dataDigest
        dataBytes = search.dataBytes
        allowsMixedKinds = search.configuration.cluster.allowMixedKinds
        training = search.configuration.training
        minWorkers = search.configuration.cluster.minWorkers
        kind = Self.mostFrequent(measurements.compactMap { $0.work?.kind })
        let usable = measurements.filter(\.isUsable)
        let rate = usable.reduce(0) { $0 + $1.imagesPerSecond }
        computeSeconds = usable.first?.work.map { Double($0.imagesPerStep) / rate }
    }

    /// Of several as frequent ones the first.
    static func mostFrequent(_ words: [String]) -> String? {
        let counts = Dictionary(words.map { ($0, 1) }, uniquingKeysWith: +)
        let most = counts.values.max()
        return words.first { counts[$0] == most }
    }

    /// While the data set arrives there are its pieces, all of them in a row, and its images; later its images alone.
    ///
    /// - Parameters:
    ///   - peakBytes: of a worker's program that has no data set, or its own copy.
    ///   - isSent: whether it is sent the data set.
    func neededBytes(peakBytes: Int, isSent: Bool) -> Int {
        isSent ? max(peakBytes + dataBytes, 3 * dataBytes) : peakBytes
    }

    /// What the hosts that can work come to together.
    ///
    /// - Parameter measurements: those that it was made of.
    package func together(_ measurements: [HostMeasurement], _ reports: [Doctor.Finding]) -> Doctor.Finding {
        let good = zip(measurements, reports).filter { $0.0.isUsable && $0.1.verdict != .bad }.map(\.0)
        let workers = good.reduce(0) { $0 + $1.host.slots }
        let threads = good.reduce(0) { $0 + $1.host.slots * ($1.work?.threads ?? 0) }
        let transfers = good.compactMap(\.transferSeconds)
        guard workers > 0, let compute = computeSeconds, let slowest = transfers.max() else {
            return finding(.bad, "no host could have a worker", good)
        }
        func milliseconds(_ seconds: Double) -> String { "\(Decimal.text(1000 * seconds, 1)) ms" }
        let text =
            "\(workers) workers on \(good.count) of \(measurements.count) hosts, \(threads) threads: a step takes about "
            + "\(milliseconds(compute)) of computing and \(milliseconds(slowest)) of transfer, "
            + "\(milliseconds(transfers.reduce(0, +))) where all hosts share one link"
        guard workers >= max(1, minWorkers) else {
            return finding(.bad, "min_workers is \(minWorkers): the search would wait for more; \(text)", good)
        }
        if let idle = IdleThreads(of: threads, training) {
            return finding(.doubtful, "\(text); \(idle.words)", good)
        }
        return finding(.fine, text, good)
    }

    private func finding(_ verdict: Doctor.Verdict, _ text: String, _ good: [HostMeasurement]) -> Doctor.Finding {
        var finding = Doctor.Finding("search", verdict, text)
        finding.figures = [
            .init("hosts", .integer(good.count)), .init("workers", .integer(good.reduce(0) { $0 + $1.host.slots })),
            .init("images_per_second", .number(good.reduce(0) { $0 + $1.imagesPerSecond })),
            .init("compute_ms_per_step", computeSeconds.map { .number(1000 * $0) } ?? .null),
        ]
        return finding
    }
}
