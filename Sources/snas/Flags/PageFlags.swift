import Coordinator
import Formats
import HTTP
import Host
import Keys
import Reporting
import RunStore

#if canImport(Glibc)
    import Glibc
#endif

/// Pages of a running search or retraining: `--http`, `--http_token`.
enum PageFlags {
    static let flags = FlagGroup(
        "pages of the run",
        [
            .value("http", "ADDRESS", "serves pages at an address of this machine, as 127.0.0.1:8080"),
            .value(
                "http_token", "FILE",
                "a file, closed to others, with the word that readers of the pages have to know; wanted where other machines "
                    + "reach them", .files),
        ])

    /// Listens, where pages are asked for.
    ///
    /// - Throws: `UserError`: usage for what is no address, noPermission without a token where others reach it, cannotCreate for a port
    ///   that is in use.
    static func pages(_ flags: CommandLineFlags) throws -> RunPages? {
        guard let text = flags.values["http"] else {
            if flags.values["http_token"] != nil { throw UserError(.usage, "--http_token goes with --http") }
            return nil
        }
        guard let address = HTTPAddress(Spelling.trimmed(text)) else {
            throw UserError(
                .usage,
                "--http is '\(text)'; it takes an address of this machine in numbers with a port, as 127.0.0.1:8080, or a port alone"
            )
        }
        let token = try flags.values["http_token"].map(AccessToken.read)
        guard token != nil || address.isLoopback else {
            throw UserError(
                .noPermission,
                "\(address) can be reached from other machines: give --http_token FILE, or listen at 127.0.0.1 and look through "
                    + "ssh -L \(address.port):127.0.0.1:\(address.port)")
        }
        let pages: RunPages
        do { pages = try RunPages(at: address, token: token, page: page) } catch let error as SystemError {
            let inUse = error.errorNumber == EADDRINUSE
            throw UserError(
                inUse ? .cannotCreate : error.exitCode,
                error.sentence + (inUse ? PortInUse.words(tcpPort: address.port) : ""))
        }
        LogStream.snas.say(
            LogLine(
                .listening, "pages of the run: http://\(pages.address)/",
                ["endpoint": .string("http://\(pages.address)")]))
        return pages
    }

    private static func page(_ folder: String) throws -> [UInt8] {
        Array(ReportPage.live(try RunView(of: folder).page).html.utf8)
    }
}
