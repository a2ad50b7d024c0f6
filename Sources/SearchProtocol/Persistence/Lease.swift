/// What a run's lease file says: who coordinates it, and how long ago it last said so.
package struct LeaseSighting: Sendable, Equatable {
    /// "host, process 41, generation 7", for people.
    package var holder: String
    /// By the clock of the file system that the lease lies on.
    package var age: Duration
    /// Whether the kernel itself says that the holder's process has ended.
    package var holderHasEnded: Bool

    package init(holder: String, age: Duration, holderHasEnded: Bool) {
        self.holder = holder
        self.age = age
        self.holderHasEnded = holderHasEnded
    }
}

/// When a run may be taken over: never while its lease is young, unless its holder is known to have
/// ended. An old lease may still belong to a process that is frozen: the generation fences that one off.
package enum LeaseRules {
    /// How often a coordinator renews its lease.
    package static let renewal: Duration = .seconds(2)
    /// While a lease is younger than this nobody else takes the run.
    package static let term: Duration = .seconds(10)
    /// A coordinator that has not seen its own lease for so long looks before it does anything else. It is below `term`: when
    /// somebody else may have taken the run, it looks.
    package static let patience: Duration = .seconds(6)
    /// Until it is looked again where the run's folder answered with an error.
    package static let retry: Duration = .seconds(1)

    /// - Parameter sighting: nil where nobody holds the run.
    /// - Returns: why the run cannot be taken over; nil when it can.
    package static func objection(
        to sighting: LeaseSighting?, settings: ProtocolSettings = ProtocolSettings()
    ) -> String? {
        guard let sighting, !sighting.holderHasEnded, settings.isOn(.leaseAge) else { return nil }
        // A lease from the future is a clock that was set, not an old lease.
        guard sighting.age < term else { return nil }
        let seconds = max(0, sighting.age.components.seconds)
        return
            "its coordinator (\(sighting.holder)) renewed its lease \(seconds) s ago; a run is taken over when that was "
            + "\(term.components.seconds) s ago, or when its process has ended on this machine"
    }
}

/// Keeps a coordinator silent while it may have been replaced.
///
/// The lease is renewed all the time. A process that was frozen, or whose disk hung, finds at its next event that it has not
/// seen its lease for `patience`: whatever it was about to do waits until the lease was looked at again, and is thrown away if
/// a newer generation stands. Where the folder cannot be looked at (a file server that is away, no descriptor left), it is
/// looked again every second.
struct Fence: Sendable {
    private let isOn: Bool
    /// When the lease was last known to be this generation's.
    private var seen: Duration?
    private var nextLook: Duration?
    private var held: [CoordinatorDirective] = []
    private(set) var isLooking = false
    /// Since when the lease cannot be looked at.
    private(set) var blindSince: Duration?

    /// Directives that wait; beyond it messages are lost, which whoever misses them asks for again.
    private static let heldLimit = 4096

    init(isOn: Bool) { self.isOn = isOn }

    var isHolding: Bool { !held.isEmpty }

    var deadline: Duration? { isLooking ? nil : nextLook }

    /// Somebody spoke of a newer generation: that is a reason to look, not yet proof.
    mutating func doubt(at now: Duration) { if !isLooking { nextLook = now } }

    /// - Returns: what may be done now.
    mutating func pass(_ directives: [CoordinatorDirective], at now: Duration) -> [CoordinatorDirective] {
        var out: [CoordinatorDirective] = []
        // The first word waits too: reading a large data set may have taken longer than the lease lasts.
        if !isLooking, now >= nextLook ?? now {
            isLooking = true
            out.append(.renewLease)
        }
        let isDoubtful = seen.map { now - $0 > LeaseRules.patience } ?? true
        guard isOn, isDoubtful else { return out + directives }
        held += held.count < Self.heldLimit ? directives : directives.filter { !$0.isMessage }
        return out
    }

    /// The lease could not be looked at: what waits goes on waiting.
    ///
    /// - Returns: for how long that has been so.
    mutating func couldNotLook(at now: Duration) -> Duration {
        isLooking = false
        nextLook = now + LeaseRules.retry
        let since = blindSince ?? now
        blindSince = since
        return now - since
    }

    /// The lease is still this generation's.
    mutating func kept(at now: Duration) -> [CoordinatorDirective] {
        defer { held = [] }
        isLooking = false
        blindSince = nil
        (seen, nextLook) = (now, now + LeaseRules.renewal)
        return held
    }
}

extension CoordinatorDirective {
    fileprivate var isMessage: Bool {
        switch self {
        case .send, .sendPiece, .tellStatus: true
        default: false
        }
    }
}
