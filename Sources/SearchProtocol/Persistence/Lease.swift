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
