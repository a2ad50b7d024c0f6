package import Messaging

/// The addresses by which others are told to dial a coordinator, in its log and in its rendezvous file.
package enum ToldAddresses {
    /// The one that is advertised, else those that this machine may be known by.
    ///
    /// - Parameters:
    ///   - advertised: what the coordinator's user says (`--advertise`).
    ///   - dialable: what its socket finds, the likeliest first; none where this machine has no address.
    ///   - port: that it listens at; nil for a socket's path, which nobody can advertise otherwise.
    package static func resolved(advertised: AdvertisedAddress?, dialable: [Endpoint], port: Int?) -> [Endpoint] {
        guard let advertised, let port else { return dialable.map(\.fromAnywhere) }
        return [advertised.endpoint(listeningAt: port)]
    }
}
