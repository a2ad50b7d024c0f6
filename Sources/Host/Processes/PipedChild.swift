#if canImport(Glibc)
    import Glibc
#endif

/// A program whose standard input, output and error are pipes of this process, none of which is ever waited for. It runs in a process
/// group of its own, so that what is typed at this program's terminal does not reach it. What is left of it is killed with this object.
package final class PipedChild {
    private let child: ChildProcess
    private let input: Pipe
    private let output: Pipe
    private let errors: Pipe

    /// What is read of one pipe at a time.
    private static let chunkBytes = 1 << 16

    /// Precondition: SIGPIPE is ignored (`SignalPipe` does that).
    /// - Parameter path: a file that becomes its standard input in the pipe's place.
    /// - Throws: `SystemError` where it cannot be started, or the file cannot be read.
    package init(_ executable: String, _ arguments: [String], inputFrom path: String? = nil) throws {
        input = try Pipe()
        output = try Pipe()
        errors = try Pipe()
        let file = try path.map { path in
            let file = open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { throw SystemError("read", path) }
            return file
        }
        defer { file.map { _ = close($0) } }
        child = try ChildProcess(
            executable, arguments, input: file ?? input.reading, output: output.writing, errorOutput: errors.writing,
            leadsGroup: true)
        input.closeReading()
        output.closeWriting()
        errors.closeWriting()
        for descriptor in [input.writing, output.reading, errors.reading] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }
    }

    deinit {
        child.send(signal: SIGKILL)
        _ = child.wait()
    }

    /// Those of its output that are not at their end.
    package var descriptors: [Int32] { [output.reading, errors.reading].filter { $0 >= 0 } }

    /// What it has written since it was asked last, as much of it as is there.
    package func takeOutput() -> (output: [UInt8], errors: [UInt8]) { (Self.take(output), Self.take(errors)) }

    private static func take(_ pipe: Pipe) -> [UInt8] {
        guard pipe.reading >= 0 else { return [] }
        var chunk = [UInt8](repeating: 0, count: chunkBytes)
        let count = read(pipe.reading, &chunk, chunk.count)
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { pipe.closeReading() }
        return count > 0 ? Array(chunk[..<count]) : []
    }

    /// Precondition: what waits unread of all that it was told fits a pipe, which holds 64 KiB.
    /// - Returns: false where it reads no more.
    package func tell(_ bytes: [UInt8]) -> Bool {
        input.writing >= 0 && bytes.withUnsafeBytes { write(input.writing, $0.baseAddress, $0.count) } == bytes.count
    }

    /// It reads the end of its input behind what it was told.
    package func closeInput() { input.closeWriting() }

    /// How it ended; nil while it runs.
    package func poll() -> ProcessStatus? { child.poll() }

    /// Nothing once it has ended.
    package func send(signal: Int32) { child.send(signal: signal) }
}
