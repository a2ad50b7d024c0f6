import Formats
package import HTTP
import Host

/// The pages of one coordinator: fixed routes, none of which takes a path of a caller's.
///
/// | route | what |
/// |---|---|
/// | `/` | a page for people, which asks for the others |
/// | `/status.json` | how the run and its workers stand |
/// | `/metrics` | the same for Prometheus |
/// | `/metrics.jsonl` | the run's file, from a byte on (`Range: bytes=N-`), whole lines, a part at a time |
/// | `/genotype.json` | the cell as it stands |
/// | `/healthz` | whether the coordinator's loop comes by; asks for no token |
package final class RunPages {
    /// As it listens.
    package let address: HTTPAddress
    let run = PublishedRun()
    private let server: HTTPServer

    /// Of `metrics.jsonl`, in one answer.
    static let partBytes = 4 << 20
    /// A coordinator whose loop has not come by for so long is not well.
    static let healthLimit: Duration = .seconds(30)
    /// How often the documents are made anew.
    static let interval: Duration = .seconds(1)

    /// Listens; what it answers before a run has begun is 503.
    ///
    /// - Parameters:
    ///   - token: nil where only this machine can call.
    ///   - page: makes the page of a run's folder, on the server's thread.
    /// - Throws: `SystemError` where it cannot listen.
    package init(
        at address: HTTPAddress, token: [UInt8]?, page: @escaping @Sendable (_ folder: String) throws -> [UInt8]
    ) throws {
        let run = run
        let kept = KeptPage(page)
        let names = [HostInfo.hostName()]
        server = try HTTPServer(at: address, HTTPAccess(token: token, names: names)) { request in
            Self.answer(request, run.newest) { try kept.page(of: $0) }
        }
        self.address = server.address
    }

    static func answer(
        _ request: HTTPRequest, _ documents: PublishedRun.Documents, _ page: (String) throws -> [UInt8]
    ) -> HTTPResponse {
        let notYet = HTTPResponse.plain(503, "the run has not begun yet")
        func json(_ text: String?) -> HTTPResponse {
            text.map { HTTPResponse(200, "application/json", Array("\($0)\n".utf8)) } ?? notYet
        }
        switch request.path {
        case "/":
            guard let path = documents.path else { return notYet }
            do { return HTTPResponse(200, "text/html; charset=utf-8", try page(path)) } catch {
                return .plain(500, "the page cannot be made: \(error.userSentence)")
            }
        case "/status.json": return json(documents.status)
        case "/genotype.json":
            if documents.path != nil, documents.genotype == nil {
                return .plain(404, "no epoch of a search has ended since this coordinator began")
            }
            return json(documents.genotype)
        case "/metrics":
            return documents.metrics.map {
                HTTPResponse(200, MetricsPage.contentType, Array($0.utf8))
            } ?? notYet
        case "/metrics.jsonl":
            return documents.path.map { lines(of: "\($0)/metrics.jsonl", from: request.firstByte) } ?? notYet
        case HTTPAccess.openPath:
            let age = Clock.monotonic() - documents.at
            return documents.at == .zero || age > healthLimit
                ? .plain(503, "the coordinator's loop has not come by for \(Int(age.seconds)) s") : .plain(200, "ok")
        default: return .plain(404, "there is no such page here")
        }
    }

    /// Whole lines of a file, so that who asks again from the next byte has each once: 206 with their place, 200 of a whole file, 416
    /// where there is none yet, 404 where there is no file.
    package static func lines(of path: String, from first: Int?) -> HTTPResponse {
        let start = first ?? 0
        guard let size = FileSystem.size(path) else { return .plain(404, "there are no metrics yet") }
        // The last byte of an empty range has no number.
        guard start < size else {
            return .plain(
                416, "there is nothing from byte \(start) on yet", headers: ["Content-Range": "bytes */\(size)"])
        }
        do {
            var bytes = try FileSystem.readPart(of: path, from: start, limitBytes: partBytes)
            bytes.removeLast(bytes.reversed().prefix { $0 != UInt8(ascii: "\n") }.count)
            guard !bytes.isEmpty else {
                return .plain(
                    416, "there is no whole line from byte \(start) on yet",
                    headers: ["Content-Range": "bytes */\(size)"])
            }
            let isAll = first == nil && bytes.count == size
            return HTTPResponse(
                isAll ? 200 : 206, "application/jsonl", bytes,
                headers: isAll ? [:] : ["Content-Range": "bytes \(start)-\(start + bytes.count - 1)/\(size)"])
        } catch { return .plain(500, error.userSentence) }
    }
}
