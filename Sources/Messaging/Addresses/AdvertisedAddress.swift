/// The address by which others reach a coordinator, as whoever starts it says: `host`, `host:port`, `tcp://host:port`. A machine
/// may have several addresses, and a name or a forwarded port that it does not know itself.
package struct AdvertisedAddress: Sendable, Hashable {
    /// A name or an address; one of IPv6 in brackets.
    private let host: String
    /// Nil where it is the one that the coordinator listens at.
    private let port: String?

    /// No name is looked up: it may be known to others alone.
    ///
    /// - Throws: `EndpointError` for what nobody can dial.
    package init(parsing text: String) throws(EndpointError) {
        let address = text.hasPrefix("tcp://") ? text.dropFirst(6) : text[...]
        guard let parts = Self.parts(address), !parts.host.isEmpty, !address.contains("://") else {
            throw EndpointError(text: text, reason: "it should read host or host:port")
        }
        (host, port) = parts
        do throws(EndpointError) { _ = try Endpoint(toDial: "tcp://\(host):\(port ?? "1")") } catch {
            throw EndpointError(text: text, reason: error.reason)
        }
    }

    /// What is dialled.
    ///
    /// - Parameter port: that the coordinator listens at.
    package func endpoint(listeningAt port: Int) -> Endpoint {
        let text = "tcp://\(host):\(self.port ?? String(port))"
        guard let endpoint = try? Endpoint(toDial: text) else { preconditionFailure("\(text) was found to be one") }
        return endpoint
    }

    /// An address of IPv6 without brackets has colons of its own, and then no port. Nil for what has brackets, or colons, in other
    /// places than such an address.
    private static func parts(_ address: Substring) -> (host: String, port: String?)? {
        let colons = address.count { $0 == ":" }
        guard address.contains(where: { "[]".contains($0) }) || colons > 1 else {
            let parts = address.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            return (parts[0], parts.dropFirst().first)
        }
        guard address.hasPrefix("[") else { return isNumber(address) ? ("[\(address)]", nil) : nil }
        guard let end = address.firstIndex(of: "]"), isNumber(address[..<end].dropFirst()) else { return nil }
        let rest = address[address.index(after: end)...]
        guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
        return (String(address[...end]), rest.isEmpty ? nil : String(rest.dropFirst()))
    }

    /// Of IPv6; its zone, behind a %, is a name of this machine's own.
    private static func isNumber(_ text: Substring) -> Bool {
        let number = text.prefix { $0 != "%" }
        return number.contains(":") && NameLookup.number(String(number)) != nil
    }
}
