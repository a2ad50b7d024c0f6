/// Where a coordinator listens: `tcp://address:port` or `ipc://path`.
package struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// The text that it was read from.
    package let description: String
    /// Whether only this machine can reach it.
    package let isLocal: Bool

    enum Place: Sendable, Hashable {
        case path(String)
        /// An IPv6 address without its brackets.
        case host(String, port: Int)
    }

    let place: Place

    /// The kernel's limit on a socket's path, its final zero byte left out.
    package static let pathBytes = 107

    /// - Parameter text: a port may be `*`, which asks the system for a free one.
    /// - Throws: `EndpointError` for what cannot be an endpoint.
    package init(parsing text: String) throws(EndpointError) {
        description = text
        if text.hasPrefix("ipc://") {
            let path = text.dropFirst(6)
            guard path.utf8.count >= 1, path.utf8.count <= Self.pathBytes else {
                throw EndpointError(
                    text: text, reason: "a socket's path has 1 to \(Self.pathBytes) bytes, this one \(path.utf8.count)")
            }
            guard path != "*" else {
                throw EndpointError(
                    text: text, reason: "* is no path that a worker could dial: name the socket that is to be made")
            }
            isLocal = true
            place = .path(String(path))
            return
        }
        guard text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":") else {
            throw EndpointError(text: text, reason: "it should read tcp://address:port or ipc://path")
        }
        let address = text[
            text.index(text.startIndex, offsetBy: 6)..<max(colon, text.index(text.startIndex, offsetBy: 6))]
        let port = text[text.index(after: colon)...]
        let number = port.utf8.allSatisfy({ (0x30...0x39).contains($0) }) ? Int(port) : nil
        guard !address.isEmpty, port == "*" || (number.map { (1...65535).contains($0) } ?? false) else {
            throw EndpointError(text: text, reason: "the port is a number from 1 to 65535 after the last colon")
        }
        guard !address.contains(where: Self.isInNoHost) else {
            throw EndpointError(
                text: text, reason: "'\(address)' is no host: one name or address stands in front of the port")
        }
        isLocal = Self.isLoopback(address)
        let isBracketed = address.hasPrefix("[") && address.hasSuffix("]")
        place = .host(String(isBracketed ? address.dropFirst().dropLast() : address), port: number ?? 0)
    }

    /// For whoever dials: what only a listener can be given is refused.
    ///
    /// - Throws: `EndpointError`, with what to write instead.
    package init(toDial text: String) throws(EndpointError) {
        try self.init(parsing: text)
        guard case .host(let host, let port) = place else { return }
        if host.contains(";") {
            throw EndpointError(text: text, reason: "an address in front of the one that is dialled is not taken")
        }
        if host == "*" || NameLookup.number(host)?.isWildcard == true {
            throw EndpointError(
                text: text,
                reason:
                    "\(host) stands for all addresses of the machine that listens: name that machine, or one of its "
                    + "addresses", isDialled: true)
        }
        if port == 0 {
            throw EndpointError(
                text: text, reason: "it wants the number of the port that the coordinator says it listens at",
                isDialled: true)
        }
    }

    /// Nil for a path, and where any free port is asked for.
    package var port: Int? {
        if case .host(_, let port) = place, port > 0 { port } else { nil }
    }

    /// Nil for a port.
    package var path: String? {
        if case .path(let path) = place { path } else { nil }
    }

    /// Whether its host has to be looked up.
    var namesHost: Bool {
        guard case .host(let host, _) = place else { return false }
        return NameLookup.number(host) == nil
    }

    /// What parts words, and what lists and other kinds of addresses have between their parts. A resolver would be asked for it, and
    /// say that there is no such host, after keys for it were asked for.
    private static func isInNoHost(_ character: Character) -> Bool {
        character.isWhitespace || ",/@".contains(character)
    }

    /// A name that merely begins like a loopback address is none, nor is libzmq's form "source address;address".
    private static func isLoopback(_ address: Substring) -> Bool {
        if address == "localhost" || address == "[::1]" || address == "::1" { return true }
        let parts = address.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in
                part.allSatisfy { $0.isASCII && $0.isNumber } && UInt8(part) != nil
            }
    }
}

/// A text that names no endpoint, and why, in one sentence.
package struct EndpointError: Error, Equatable, Sendable, CustomStringConvertible {
    /// As it was given.
    package let text: String
    /// What is expected in its place.
    package let reason: String
    /// Whether only dialling it makes no sense.
    private let isDialled: Bool

    init(text: String, reason: String, isDialled: Bool = false) {
        self.text = text
        self.reason = reason
        self.isDialled = isDialled
    }

    package var description: String { "'\(text)' \(isDialled ? "cannot be dialled" : "is no endpoint"): \(reason)" }
}
