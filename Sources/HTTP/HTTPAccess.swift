/// Who may read the pages: anybody on this machine, elsewhere whoever has the token.
package struct HTTPAccess: Sendable {
    /// Nil where none is asked for.
    private let token: [UInt8]?
    /// What callers may say that they have called, in small letters, besides addresses in numbers.
    private let names: Set<String>

    /// Answered without a token: it says nothing but whether the process lives.
    package static let openPath = "/healthz"

    /// - Parameters:
    ///   - token: of the header `Authorization: Bearer TOKEN`.
    ///   - names: of this machine.
    package init(token: [UInt8]?, names: [String]) {
        self.token = token
        self.names = Set(names.map { $0.lowercased() }).union(["localhost"])
    }

    /// Why a request is not answered; nil for one that is.
    ///
    /// A browser that a foreign page has sent here says the foreign page's name (DNS rebinding): names that are not this machine's are
    /// refused. Whoever has the token may call this machine what they like.
    ///
    /// - Parameters:
    ///   - host: of the header `Host`.
    ///   - authorization: of the header `Authorization`.
    package func refusal(path: String, host: String?, authorization: String?) -> HTTPResponse? {
        if path == Self.openPath { return nil }
        if let token {
            guard let authorization, Self.isBearer(authorization, token) else {
                return .plain(
                    401, "a token is wanted here: the header Authorization: Bearer TOKEN",
                    headers: ["WWW-Authenticate": "Bearer"])
            }
            return nil
        }
        guard let host, isOurs(host) else {
            return .plain(421, "this is no host of that name: call it localhost, or by its address")
        }
        return nil
    }

    private static func isBearer(_ header: String, _ token: [UInt8]) -> Bool {
        let scheme = "bearer "
        guard header.utf8.count > scheme.utf8.count, header.prefix(scheme.count).lowercased() == scheme else {
            return false
        }
        return isEqual(Array(header.dropFirst(scheme.count).utf8), token)
    }

    /// In a time that does not depend on where they differ.
    static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        var difference: UInt8 = left.count == right.count ? 0 : 1
        for index in right.indices { difference |= right[index] ^ (index < left.count ? left[index] : 0) }
        return difference == 0
    }

    /// With any port: it may be a tunnel's.
    private func isOurs(_ text: String) -> Bool {
        let isBracketed = text.hasPrefix("[")
        let host: Substring
        if isBracketed {
            guard let end = text.firstIndex(of: "]") else { return false }
            host = text[text.index(after: text.startIndex)..<end]
        } else {
            host = text.prefix { $0 != ":" }
        }
        return names.contains(host.lowercased()) || HTTPAddress(isBracketed ? "[\(host)]:0" : "\(host):0") != nil
    }
}
