import CMicroHTTP
import Host

#if canImport(Glibc)
    import Glibc
#endif

/// Serves pages that are made elsewhere, on one thread of libmicrohttpd's own. Only reading is answered, by routes that are fixed by
/// whoever makes it; connections, their bytes and their time are bounded.
package final class HTTPServer {
    /// With the port that the system chose where none was asked for.
    package let address: HTTPAddress
    private let daemon: OpaquePointer
    private let context: Unmanaged<Context>

    /// More callers wait, or are turned away.
    static let connectionsAtMost: UInt32 = 64
    /// Of one address: the rest is for others.
    static let connectionsOfOneAddress: UInt32 = 16
    /// Of a connection that says or takes nothing.
    static let silenceSeconds: UInt32 = 10
    /// Of a connection's headers, there and back.
    static let connectionBytes = 32 << 10
    private static let backlog: UInt32 = 32

    /// Kept by the library for as long as it runs.
    private final class Context: Sendable {
        let access: HTTPAccess
        let answer: @Sendable (HTTPRequest) -> HTTPResponse

        init(_ access: HTTPAccess, _ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse) {
            self.access = access
            self.answer = answer
        }
    }

    /// - Parameter answer: called on the server's thread, one request at a time.
    /// - Throws: `SystemError` where it cannot listen.
    package init(
        at address: HTTPAddress, _ access: HTTPAccess, answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse
    ) throws {
        guard var storage = address.storage else { throw SystemError("listen at", "\(address)", errorNumber: EINVAL) }
        let isIPv6 = storage.ss_family == sa_family_t(AF_INET6)
        // Every address of this machine is those of both families.
        let family = address.host == "::" ? MHD_USE_DUAL_STACK.rawValue : isIPv6 ? MHD_USE_IPv6.rawValue : 0
        let flags = MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | family
        let context = Unmanaged.passRetained(Context(access, answer))
        errno = 0
        let started = withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                snas_http_start(
                    UInt32(flags), $0, Self.connectionsAtMost, Self.connectionsOfOneAddress, Self.silenceSeconds,
                    Self.connectionBytes, Self.backlog, Self.handler, context.toOpaque(), { _, _, _ in })
            }
        }
        guard let started else {
            let number = errno
            context.release()
            throw SystemError("listen at", "\(address)", errorNumber: number == 0 ? EADDRINUSE : number)
        }
        daemon = started
        self.context = context
        let port = Int(snas_http_port(started))
        self.address = HTTPAddress(port == 0 ? "\(address)" : address.withPort(port)) ?? address
    }

    deinit {
        MHD_stop_daemon(daemon)
        context.release()
    }

    // MARK: One request

    private static let handler: MHD_AccessHandlerCallback = {
        contextPointer, connection, path, method, _, _, _, _ in
        guard let contextPointer, let connection, let path, let method else { return snas_http_failed() }
        // The first call of a request has its headers alone; a body is wanted for nothing, and not waited for.
        let context = Unmanaged<Context>.fromOpaque(contextPointer).takeUnretainedValue()
        let response = answer(
            context, path: String(cString: path), method: String(cString: method), header: { header($0, connection) })
        return send(response, connection)
    }

    private static func answer(
        _ context: Context, path: String, method: String, header: (String) -> String?
    ) -> HTTPResponse {
        guard method == "GET" || method == "HEAD" else {
            return .plain(405, "only reading is answered here", headers: ["Allow": "GET, HEAD"])
        }
        if let refusal = context.access.refusal(
            path: path, host: header("Host"), authorization: header("Authorization"))
        {
            return refusal
        }
        return context.answer(HTTPRequest(path: path, firstByte: firstByte(header("Range"))))
    }

    /// Of a range from one byte to the end; others are answered as if they had not been asked for, as the standard allows.
    static func firstByte(_ range: String?) -> Int? {
        guard let range, range.hasPrefix("bytes="), range.hasSuffix("-") else { return nil }
        let digits = range.dropFirst(6).dropLast()
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(digits)
    }

    private static func header(_ name: String, _ connection: OpaquePointer) -> String? {
        snas_http_header(connection, name).map { String(cString: $0) }
    }

    /// On every answer: nothing is kept, guessed, framed or given to other sites.
    private static let commonHeaders = [
        "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
    ]

    private static func send(_ response: HTTPResponse, _ connection: OpaquePointer) -> MHD_Result {
        let made = response.body.withUnsafeBytes { snas_http_response($0.baseAddress, $0.count) }
        guard let made else { return snas_http_failed() }
        defer { MHD_destroy_response(made) }
        MHD_add_response_header(made, "Content-Type", response.contentType)
        for (name, value) in commonHeaders { MHD_add_response_header(made, name, value) }
        for (name, value) in response.headers { MHD_add_response_header(made, name, value) }
        return MHD_queue_response(connection, UInt32(response.status), made)
    }
}

extension HTTPAddress {
    func withPort(_ port: Int) -> String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
}
