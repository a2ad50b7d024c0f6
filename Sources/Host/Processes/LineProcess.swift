#if canImport(Glibc)
    import Glibc
#endif

/// A program that is told lines on its standard input and answers with lines on its standard output. Its standard error is
/// ours. When the last reference goes, the program is killed: what it was told is nothing that it has to bring to an end.
package final class LineProcess {
    private let child: ChildProcess
    private let toChild: Pipe
    private let fromChild: Pipe
    /// To be polled for something to read.
    package var output: Int32 { fromChild.reading }
    private var lines: LineBuffer

    /// What is read at once.
    private static let chunkBytes = 1 << 16

    /// Precondition: SIGPIPE is ignored (`SignalPipe` does that).
    /// - Parameters:
    ///   - lineLimitBytes: of a line that it says.
    ///   - environment: added to ours.
    package init(
        _ executable: String, _ arguments: [String], lineLimitBytes: Int, environment: [String: String] = [:]
    ) throws {
        toChild = try Pipe()
        fromChild = try Pipe()
        child = try ChildProcess(
            executable, arguments, input: toChild.reading, output: fromChild.writing, environment: environment)
        toChild.closeReading()
        fromChild.closeWriting()
        lines = LineBuffer(limitBytes: lineLimitBytes)
    }

    deinit {
        child.send(signal: SIGKILL)
        _ = child.wait()
    }

    /// Waits while the pipe is full; false where nobody reads any more.
    ///
    /// - Throws: `SystemError`.
    package func send(_ line: String) throws -> Bool {
        let bytes = Array((line + "\n").utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(toChild.writing, $0.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EPIPE { return false }
            guard count > 0 else { throw SystemError("write", "a pipe") }
            written += count
        }
        return true
    }

    /// Waits until it says something; the lines that are whole by then, perhaps none. Nil once its output has ended.
    ///
    /// - Throws: `SystemError`, `UserError` (data) for lines beyond the limit.
    package func receive() throws -> [String]? {
        var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
        var count = read(output, &chunk, chunk.count)
        while count < 0, errno == EINTR { count = read(output, &chunk, chunk.count) }
        guard count >= 0 else { throw SystemError("read", "a pipe") }
        return count == 0 ? nil : try lines.take(chunk[..<count])
    }

    /// How it ended, of a program whose output has ended.
    package func wait() -> ProcessStatus { child.wait() }

    /// Of the program, for those who watch or signal it.
    package var processIdentifier: Int32 { child.processIdentifier }
}

/// The lines of this program's own standard input.
package struct StandardInput {
    private var lines: LineBuffer
    private var waiting: [String] = []

    /// Reads the descriptor itself: nothing else of this process may read from it.
    package init(lineLimitBytes: Int) { lines = LineBuffer(limitBytes: lineLimitBytes) }

    /// Waits for the next line; nil at the end.
    ///
    /// - Throws: `SystemError`, `UserError` (data) for lines beyond the limit.
    package mutating func next() throws -> String? {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while waiting.isEmpty {
            let count = read(0, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("read", "standard input") }
            guard count > 0 else { return nil }
            waiting = try lines.take(chunk[..<count])
        }
        return waiting.removeFirst()
    }
}

/// Waits for several descriptors at once, without sockets of libzmq among them.
package enum DescriptorPoll {
    /// Waits until one of the descriptors has something to read, or has come to its end.
    ///
    /// - Returns: those that have.
    package static func wait(_ descriptors: [Int32], timeout: Duration = .seconds(1)) -> Set<Int32> {
        var items = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        _ = poll(&items, nfds_t(items.count), Int32(clamping: Int(timeout.seconds * 1000)))
        return Set(items.filter { $0.revents != 0 }.map(\.fd))
    }
}
