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
