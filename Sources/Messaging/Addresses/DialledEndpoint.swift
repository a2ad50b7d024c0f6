/// An endpoint that sockets dial, with the addresses that its name has: one is tried after the other until one answers, and the
/// name is looked up again when none did, because hosts move. All connections to one coordinator share one of these, so that they
/// do not end at two.
///
/// Lookups run in a thread of their own: a resolver may take half a minute. Used by one thread.
package final class DialledEndpoint {
    package typealias Lookup = @Sendable (Endpoint) -> NameLookup.Answer

    package let endpoint: Endpoint
    /// Of the last lookup; nil once one was answered.
    package private(set) var failure: NameLookupError?
    private let lookup: Lookup
    private let isName: Bool
    private var addresses: [ResolvedEndpoint] = []
    private var place = 0
    private var tried: [ResolvedEndpoint] = []
    private var pending: PendingLookup?
    private var nextLookup: ContinuousClock.Instant = .now
    private var nextRound: ContinuousClock.Instant = .now
    private var pause = smallestPause
    private var users: [ObjectIdentifier: ResolvedEndpoint] = [:]

    /// Between two lookups of one name.
    package static let lookupInterval: Duration = .seconds(5)
    /// When no address of several has answered, before the first is tried again; doubled from round to round.
    private static let smallestPause: Duration = .milliseconds(200)
    private static let largestPause: Duration = .seconds(5)
    /// What most lookups take less than: so long the first is waited for.
    private static let firstWait: Duration = .milliseconds(100)

    /// - Parameter lookup: the system's resolver, or a test's.
    package init(_ endpoint: Endpoint, lookup: @escaping Lookup = { NameLookup.toDial($0) }) {
        self.endpoint = endpoint
        self.lookup = lookup
        isName = endpoint.namesHost
        guard isName else {
            if case .success(let own) = lookup(endpoint) { addresses = own }
            return
        }
        let first = PendingLookup(endpoint, lookup)
        pending = first
        nextLookup = .now + Self.lookupInterval
        first.wait(atMost: Self.firstWait)
    }

    /// For sentences: the endpoint and, where it is a name, which addresses were tried, or why there is none.
    package var account: String {
        guard isName else { return endpoint.description }
        if !tried.isEmpty { return "\(endpoint) (tried \(tried.map(\.shortText).joined(separator: ", ")))" }
        return "\(endpoint) (\(failure?.description ?? "the name is still being looked up"))"
    }

    // MARK: The sockets' side

    /// The address to dial now; nil while the name is looked up, and between two rounds.
    package func current(at now: ContinuousClock.Instant = .now) -> ResolvedEndpoint? {
        takeAnswer()
        if addresses.isEmpty { lookUpAgain(at: now) }
        return place < addresses.count && now >= nextRound ? addresses[place] : nil
    }

    /// Once for each address, so that sentences can name it.
    package func isTried(_ address: ResolvedEndpoint) {
        if tried.count < NameLookup.addressLimit, !tried.contains(address) { tried.append(address) }
    }

    /// A try was in vain. The next address is the turn of all, unless one of them has a connection over this one.
    package func failed(_ address: ResolvedEndpoint, at now: ContinuousClock.Instant = .now) {
        takeAnswer()
        guard !users.values.contains(address), place < addresses.count, addresses[place] == address else { return }
        place += 1
        guard place == addresses.count else { return }
        place = 0
        lookUpAgain(at: now)
        // libzmq goes on with one address by itself, and has pauses of its own.
        guard addresses.count > 1 else { return }
        nextRound = now + pause
        pause = min(pause * 2, Self.largestPause)
    }

    /// A socket's connection stands: its address is the one to dial for all.
    package func hold(_ user: ObjectIdentifier, over address: ResolvedEndpoint) {
        if users.updateValue(address, forKey: user) != address, let held = addresses.firstIndex(of: address) {
            place = held
        }
        pause = Self.smallestPause
    }

    /// A socket's connection does not stand any more, or its socket is gone.
    package func release(_ user: ObjectIdentifier) { users[user] = nil }

    // MARK: Lookups

    private func lookUpAgain(at now: ContinuousClock.Instant) {
        guard isName, pending == nil, now >= nextLookup else { return }
        pending = PendingLookup(endpoint, lookup)
        nextLookup = now + Self.lookupInterval
    }

    private func takeAnswer() {
        guard let answer = pending?.take() else { return }
        pending = nil
        switch answer {
        case .success(let found):
            failure = nil
            if found != addresses { (addresses, place) = (found, 0) }
        case .failure(let error): failure = error
        }
    }
}
