import HTTP
import Host
import TestSupport
import Testing

@Suite("Pages over HTTP")
struct HTTPTests {
    private func server(token: String? = nil, names: [String] = []) throws -> HTTPServer {
        let address = try #require(HTTPAddress("127.0.0.1:0"))
        return try HTTPServer(at: address, HTTPAccess(token: token.map { Array($0.utf8) }, names: names)) {
            request -> HTTPResponse in
            switch request.path {
            case "/healthz": .plain(200, "ok")
            case "/":
                HTTPResponse(200, "text/html; charset=utf-8", Array("<p>page \(request.firstByte ?? -1)</p>".utf8))
            default: .plain(404, "nothing is at \(request.path)")
            }
        }
    }

    @Test(
        "An address is numbers or localhost with a port, or a port of the loopback; loopback is told from what others reach"
    )
    func addresses() {
        for (text, host, port, isLoopback) in [
            ("127.0.0.1:8080", "127.0.0.1", 8080, true), ("8080", "127.0.0.1", 8080, true),
            ("localhost:0", "localhost", 0, true), ("[::1]:80", "::1", 80, true),
            ("0.0.0.0:8080", "0.0.0.0", 8080, false), ("[::]:8080", "::", 8080, false),
            ("10.0.0.1:1", "10.0.0.1", 1, false),
        ] {
            let address = HTTPAddress(text)
            #expect(address?.host == host && address?.port == port && address?.isLoopback == isLoopback, "\(text)")
        }
        for text in [
            "", "a:80", "127.0.0.1", "127.0.0.1:", "1.2.3:80", "::1:80", "[::1]", "1:70000", "127.0.0.1:-1", ":80",
        ] {
            #expect(HTTPAddress(text) == nil, "\(text)")
        }
    }

    @Test("A page is answered with headers that keep it to itself; a range's first byte reaches whoever answers")
    func answers() throws {
        let server = try server()
        let plain = try HTTPCaller.ask(server.address.port, "/?query=1")
        #expect(plain.status == 200 && plain.body == "<p>page -1</p>")
        for header in ["Cache-Control: no-store", "X-Content-Type-Options: nosniff", "X-Frame-Options: DENY"] {
            #expect(plain.head.contains(header))
        }
        for (range, first) in [("bytes=7-", "7"), ("bytes=7-9", "-1"), ("bytes=-5", "-1"), ("bytes=x-", "-1")] {
            let ranged = try HTTPCaller.ask(server.address.port, "/", headers: ["Host: localhost", "Range: \(range)"])
            #expect(ranged.body == "<p>page \(first)</p>", "\(range)")
        }
        #expect(try HTTPCaller.ask(server.address.port, "/", method: "HEAD").body.isEmpty)
        #expect(try HTTPCaller.ask(server.address.port, "/etc/passwd").status == 404)
        #expect(try HTTPCaller.ask(server.address.port, "/..%2f..%2fetc/passwd").status == 404)
    }

    @Test("Only reading is answered, and a body of ten megabytes is taken by nobody")
    func methods() throws {
        let server = try server()
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "BREW"] {
            #expect(try HTTPCaller.ask(server.address.port, "/", method: method).status == 405, "\(method)")
        }
        let caller = try HTTPCaller(port: server.address.port)
        let size = 10 << 20
        caller.say(Array("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(size)\r\n\r\n".utf8))
        caller.say([UInt8](repeating: 65, count: size))
        #expect(caller.hear().hasPrefix("HTTP/1.1 405"))
        #expect(try HTTPCaller.ask(server.address.port, "/").status == 200)
    }

    @Test("A header that is too long is refused, and one that never ends is cut off without disturbing others")
    func heads() throws {
        let server = try server()
        let long = try HTTPCaller.ask(
            server.address.port, "/", headers: ["Host: localhost", "X: " + String(repeating: "x", count: 100_000)])
        #expect((400..<500).contains(long.status), "\(long.status)")
        let slow = try HTTPCaller(port: server.address.port)
        slow.say(Array("GET / HTTP/1.1\r\nHost: loc".utf8))
        #expect(try HTTPCaller.ask(server.address.port, "/").status == 200)
        // Ten seconds of silence end it.
        #expect(slow.hear().isEmpty || !slow.hear().hasPrefix("HTTP/1.1 200"))
    }

    @Test("Callers beyond a bound of one address are turned away, and there is room again when they are gone")
    func crowd() throws {
        let server = try server()
        var crowd = try (0..<200).map { _ in try HTTPCaller(port: server.address.port) }
        crowd.removeAll()
        var answered = false
        for _ in 0..<100 where !answered {
            answered = (try? HTTPCaller.ask(server.address.port, "/").status) == 200
        }
        #expect(answered)
    }

    @Test("A foreign name in the Host header is refused; names of this machine and addresses in numbers are not")
    func hosts() throws {
        let server = try server(names: ["Head.example.org"])
        for host in ["localhost:9999", "127.0.0.1", "[::1]:80", "192.168.7.1:80", "head.EXAMPLE.org:1"] {
            #expect(try HTTPCaller.ask(server.address.port, "/", headers: ["Host: \(host)"]).status == 200, "\(host)")
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil", "[::1", ""] {
            #expect(try HTTPCaller.ask(server.address.port, "/", headers: ["Host: \(host)"]).status != 200, "\(host)")
        }
    }

    @Test("With a token everything but the health is for whoever has it, under any name")
    func tokens() throws {
        let server = try server(token: "a long secret word")
        #expect(try HTTPCaller.ask(server.address.port, "/healthz", headers: ["Host: pod.cluster"]).status == 200)
        for header in [
            "X: y", "Authorization: Bearer a long secret wor", "Authorization: Bearer a long secret word2",
            "Authorization: Basic a long secret word", "Authorization: Bearer ",
        ] {
            let answer = try HTTPCaller.ask(server.address.port, "/", headers: ["Host: localhost", header])
            #expect(answer.status == 401 && answer.head.contains("WWW-Authenticate: Bearer"), "\(header)")
            #expect(!answer.body.contains("page"))
        }
        for header in ["Authorization: Bearer a long secret word", "authorization: bearer a long secret word"] {
            #expect(try HTTPCaller.ask(server.address.port, "/", headers: ["Host: any.name", header]).status == 200)
        }
    }

    @Test("A port that is in use is an error with its number")
    func inUse() throws {
        let server = try server()
        let address = try #require(HTTPAddress("127.0.0.1:\(server.address.port)"))
        #expect(throws: SystemError.self) {
            try HTTPServer(at: address, HTTPAccess(token: nil, names: [])) { _ -> HTTPResponse in
                .plain(200, "")
            }
        }
    }
}
