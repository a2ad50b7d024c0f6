package import Launching

/// All that was found of one host, as a value.
package struct HostMeasurement: Sendable {
    /// What the way between this machine and a host carries.
    package enum Exchange: Sendable, Equatable {
        /// - Parameters:
        ///   - seconds: of a step's weights to one worker and one contribution back, the median of a few.
        ///   - bytes: of the same.
        case measured(seconds: Double, bytes: Int)
        case failed(String)
    }

    package let host: WorkerHost
    package var facts = HostFacts()
    package var clock: ClockComparison?
    package var roundTrip: Duration?
    package var work: WorkFigures?
    /// Why there is no `work`.
    package var failure: String?
    /// Nil where it was not tried.
    package var exchange: Exchange?

    package init(_ host: WorkerHost) { self.host = host }

    init(_ examination: HostExamination) {
        host = examination.host
        facts = examination.facts
        clock = examination.clock
        roundTrip = examination.roundTrip
        work = examination.work
        failure = examination.failure
    }

    /// Whether a worker of the search could work there.
    package var isUsable: Bool { if case .measured? = exchange { work != nil } else { false } }

    /// Of all workers there together.
    var imagesPerSecond: Double { (work?.imagesPerSecond ?? 0) * Double(host.slots) }

    /// What the workers there move in a step, one after the other over the same link; nil where it is not known.
    var transferSeconds: Double? {
        guard let work, case .measured(let seconds, _)? = exchange else { return nil }
        return seconds * Double(max(work.weightSets, work.contributions) * host.slots)
    }
}
