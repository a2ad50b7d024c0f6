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
    ///   - path: a file that becomes its standard input, so that it can be told nothing; nil for a pipe.
    /// - Throws: `SystemError` where ssh cannot be run.
    package init(
        _ ssh: SSHCommand, to host: WorkerHost, script: String, _ arguments: [String], inputFrom path: String? = nil
    ) throws {
        let words = ssh.words(to: host, script: script, arguments)
        child = try PipedChild(words[0], Array(words.dropFirst()), inputFrom: path)
    }

    /// Readable when there is something to take.
    package var descriptors: [Int32] { child.descriptors }

    /// Never waits; what does not fit the pipe is lost.
    package func tell(_ line: String) { _ = child.tell(Array("\(line)\n".utf8)) }

    /// It is told nothing more.
    func closeInput() { child.closeInput() }

    /// - Returns: the lines of standard output that have come since the last time.
    package func take() -> [String] { takeAll().output }

    /// - Returns: the same of standard error too.
    func takeAll() -> (output: [String], errors: [String]) {
        let ended = child.poll()
        var lines: (output: [String], errors: [String]) = ([], [])
        var isDrained = false
        for _ in 0..<Self.readsAtOnce where !isDrained {
            let (out, err) = child.takeOutput()
            lines.output += output.take(out)
            lines.errors += errors.take(err)
            isDrained = out.isEmpty && err.isEmpty
        }
        if let ended, status == nil, isDrained {
            status = ended
            lines.output += output.last().map { [$0] } ?? []
            lines.errors += errors.last().map { [$0] } ?? []
        }
        if let last = lines.errors.last(where: { !$0.allSatisfy(\.isWhitespace) }) { lastWords = LastWords(last) }
        return lines
    }

    /// It is asked nothing any more.
    package func kill(_ signal: Int32 = SIGKILL) { child.send(signal: signal) }
}
