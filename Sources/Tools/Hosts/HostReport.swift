import Formats
import Host
import Launching
import Reporting

/// What one host's measurement means for the search that is to be launched: a finding.
package struct HostReport {
    private let measurement: HostMeasurement
    private let needs: SearchNeeds
    private var problems: [(verdict: Doctor.Verdict, text: String)] = []

    /// Beyond this share of a step a worker would mostly wait for its link.
    static let doubtfulShare = 0.5
    /// Of the available memory: a long run needs some more than a few steps and an evaluation show.
    static let doubtfulMemoryShare = 0.7
    /// What clocks may differ by before times in logs mislead.
    static let doubtfulClockSeconds = 2.0

    package init(_ measurement: HostMeasurement, _ needs: SearchNeeds) {
        self.measurement = measurement
        self.needs = needs
        judge()
    }

    private var work: WorkFigures? { measurement.work }

    // MARK: Verdict

    private mutating func judge() {
        func bad(_ text: String) { problems.append((.bad, text)) }
        func doubtful(_ text: String) { problems.append((.doubtful, text)) }
        let lacksData = measurement.facts.hasData == false
        if lacksData, let folder = measurement.host.data { bad("there is no folder \(folder) that can be read") }
        // A program that was found failed for want of the folder.
        if let failure = measurement.failure, !lacksData || measurement.facts.program == nil { bad(failure) }
        if let digest = work?.dataDigest, digest != needs.dataDigest, let folder = measurement.host.data {
            bad(
                "the data set in \(folder) is another one, \(digest.prefix(12))... and not \(needs.dataDigest.prefix(12))..."
            )
        }
        if let kind = work?.kind, let wanted = needs.kind, kind != wanted {
            let text = "it is another kind of machine than most: its bits differ"
            if needs.allowsMixedKinds {
                doubtful("\(text), and no bits are promised")
            } else {
                bad("\(text), and it would be refused (allow_mixed_kinds)")
            }
        }
        if let needed = neededBytes, let available = measurement.facts.availableBytes {
            let text = "\(needed >> 20) MB are needed there and \(available >> 20) MB are available"
            if needed > available { bad(text) }
            if needed <= available, Double(needed) > Self.doubtfulMemoryShare * Double(available) { doubtful(text) }
        }
        if case .failed(let reason)? = measurement.exchange { bad("a worker there did not get through: \(reason)") }
        if let share, share > Self.doubtfulShare {
            doubtful("a worker there would mostly wait for its link")
        }
        if let clock = measurement.clock, clock.certainSeconds > Self.doubtfulClockSeconds {
            doubtful("its clock differs, so times in logs will not agree (no result depends on it)")
        }
    }

    private var verdict: Doctor.Verdict {
        if problems.contains(where: { $0.verdict == .bad }) { return .bad }
        return problems.isEmpty ? .fine : .doubtful
    }

    // MARK: Figures

    private var neededBytes: Int? {
        work.map {
            measurement.host.slots * needs.neededBytes(peakBytes: $0.peakBytes, isSent: measurement.host.data == nil)
        }
    }

    /// Transfer of transfer and computing, where all hosts part a step's images by their speed.
    var share: Double? {
        guard let transfer = measurement.transferSeconds, let compute = needs.computeSeconds else { return nil }
        return transfer / (transfer + compute)
    }

    private var bytesPerSecond: Double? {
        guard case .measured(let seconds, let bytes)? = measurement.exchange else { return nil }
        return Double(bytes) / seconds
    }

    // MARK: Words

    /// What is wrong stands first.
    package var finding: Doctor.Finding {
        let parts = problems.map(\.text) + [words.joined(separator: ", ")].filter { !$0.isEmpty }
        var finding = Doctor.Finding(measurement.host.description, verdict, parts.joined(separator: "; "))
        finding.figures = figures
        return finding
    }

    private var words: [String] {
        let facts = measurement.facts
        var words: [String] = []
        if let program = facts.program {
            words.append(program + (facts.version.map { " (\($0))" } ?? ""))
        }
        if let cores = facts.cores { words.append("\(cores) cores") }
        if let bytes = facts.availableBytes {
            words.append("\(bytes >> 20) MB available" + (neededBytes.map { " of which \($0 >> 20) are needed" } ?? ""))
        }
        if let clock = measurement.clock {
            let sign = clock.offsetSeconds < 0 ? "" : "+"
            words.append(
                "clock \(sign)\(Decimal.text(clock.offsetSeconds, 3)) s (give or take \(Decimal.text(clock.uncertaintySeconds, 3)))"
            )
        }
        if let trip = measurement.roundTrip {
            words.append("round trip \(Decimal.text(1000 * trip.seconds, 2)) ms by ssh")
        }
        if let work { words.append(workWords(work)) }
        if let bytesPerSecond { words.append("\(Decimal.text(bytesPerSecond * 1e-6, 1)) MB/s") }
        if let transfer = measurement.transferSeconds, let compute = needs.computeSeconds, let share {
            words.append(
                "of a step \(Decimal.text(1000 * transfer, 1)) ms of transfer beside \(Decimal.text(1000 * compute, 1)) ms of "
                    + "computing: \(Decimal.text(100 * share, 0)) %")
        }
        return words
    }

    private func workWords(_ work: WorkFigures) -> String {
        let workers = measurement.host.slots == 1 ? "" : "\(measurement.host.slots) workers, of each "
        return workers + "\(Decimal.text(work.imagesPerSecond, 1)) images/s on \(work.threads) threads"
    }

    /// Always the same names; null for what was not found out.
    private var figures: [JSONValue.Member] {
        func number(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }
        func whole(_ value: Int?) -> JSONValue { value.map(JSONValue.integer) ?? .null }
        func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }
        let facts = measurement.facts
        return [
            .init("host", .string(measurement.host.description)), .init("host_name", text(facts.hostName)),
            .init("program", text(facts.program)), .init("version", text(facts.version)),
            .init("cores", whole(facts.cores)), .init("processor", text(work?.processor)),
            .init("available_bytes", whole(facts.availableBytes)), .init("needed_bytes", whole(neededBytes)),
            .init("clock_offset_s", number(measurement.clock?.offsetSeconds)),
            .init("clock_uncertainty_s", number(measurement.clock?.uncertaintySeconds)),
            .init("round_trip_ms", number(measurement.roundTrip.map { 1000 * $0.seconds })),
            .init("workers", .integer(measurement.host.slots)), .init("threads", whole(work?.threads)),
            .init("kernels", text(work?.kernels)), .init("kind", text(work?.kind)),
            .init("images_per_second", number(work.map { _ in measurement.imagesPerSecond })),
            .init("bytes_per_second", number(bytesPerSecond)),
            .init("transfer_ms_per_step", number(measurement.transferSeconds.map { 1000 * $0 })),
            .init("compute_ms_per_step", number(measurement.isUsable ? needs.computeSeconds.map { 1000 * $0 } : nil)),
            .init("transfer_share", number(share)),
        ]
    }
}
