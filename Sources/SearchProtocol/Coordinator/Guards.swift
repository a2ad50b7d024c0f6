/// The checks that the promise rests on, one name each.
///
/// They are named so that the simulation can take them away one at a time and prove that it would notice. Production has no
/// way to: nothing but the tests calls `ProtocolSettings.without`, and a test reads the sources to make sure.
package enum Guard: String, Sendable, CaseIterable {
    /// The coordinator drops what belongs to another generation.
    case generation
    /// A worker drops what an older generation says, its last words too.
    case workerGeneration
    /// The coordinator drops what belongs to another round.
    case round
    /// The same non-finite answer, said twice, counts once.
    case attempt
    /// A node that is filled is not filled again.
    case filled
    /// What is not finite is not added.
    case finite
    /// A payload counts if its digest is the one announced.
    case payload
    /// A coordinator that may have been replaced looks at its lease before it says or writes anything.
    case fence
    /// A coordinator that cannot see whether it was replaced says and writes nothing until it can.
    case blindness
    /// A run whose lease is young is not taken over.
    case leaseAge
    /// Steps that are computed again give the journal's bits.
    case journal
    /// What is renamed into its place was synced before.
    case sync
    /// An audited shard counts when two workers agree on it.
    case audit
}

/// Which guards are off: none, outside the simulation.
struct GuardsOff: Sendable, Equatable {
    private var off: Guard?

    init() {}

    init(_ guard: Guard) { off = `guard` }

    func isOn(_ guard: Guard) -> Bool { off != `guard` }
}

extension ProtocolSettings {
    /// For the simulation's mutation check alone.
    package func without(_ guard: Guard) -> ProtocolSettings {
        var changed = self
        changed.guards = GuardsOff(`guard`)
        return changed
    }

    func isOn(_ guard: Guard) -> Bool { guards.isOn(`guard`) }
}
