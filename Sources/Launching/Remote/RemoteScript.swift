package import Host

#if canImport(Glibc)
    import Glibc
#endif

/// A script that runs on a host, by an ssh of its own: it is told lines and says lines. What is left of it is killed with this object.
package final class RemoteScript {
    private let child: PipedChild
    private var output = OutputLines()
    private var errors = OutputLines()
    /// The last line of standard error; nil while there is none.
    package private(set) var lastWords: LastWords?
    /// How ssh ended; nil until all that the script said has been taken.
    package private(set) var status: ProcessStatus?

    /// Read at one look, so that a host that floods its output holds up nobody.
    private static let readsAtOnce = 16

    /// - Parameters:
    ///   - script: for the host's `sh`, in ASCII.
    ///   - arguments: the script's, from `$1` on.
    /// - Throws: `SystemError` where ssh cannot be run.
    package init(_ ssh: SSHCommand, to host: WorkerHost, script: String, _ arguments: [String]) throws {
        let words = ssh.words(to: host, script: script, arguments)
        child = try PipedChild(words[0], Array(words.dropFirst()))
    }

    /// Readable when there is something to take.
    package var descriptors: [Int32] { child.descriptors }

    /// Never waits; what does not fit the pipe is lost.
    package func tell(_ line: String) { _ = child.tell(Array("\(line)\n".utf8)) }

    /// - Returns: the lines of standard output that have come since the last time.
    package func take() -> [String] {
        let ended = child.poll()
        var lines: [String] = []
        var isDrained = false
        for _ in 0..<Self.readsAtOnce where !isDrained {
            let (out, err) = child.takeOutput()
            lines += output.take(out)
            hear(errors.take(err))
            isDrained = out.isEmpty && err.isEmpty
        }
        if let ended, status == nil, isDrained {
            status = ended
            lines += output.last().map { [$0] } ?? []
            hear(errors.last().map { [$0] } ?? [])
        }
        return lines
    }

    private func hear(_ lines: [String]) {
        if let last = lines.last(where: { !$0.allSatisfy(\.isWhitespace) }) { lastWords = LastWords(last) }
    }

    /// It is asked nothing any more.
    package func kill() { child.send(signal: SIGKILL) }
}
