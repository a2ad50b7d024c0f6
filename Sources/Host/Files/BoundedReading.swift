#if canImport(Glibc)
    import Glibc
#endif

/// Reads an open descriptor to its end: a file, or a pipe or a terminal that stands in its place.
enum BoundedReading {
    private static let chunkBytes = 1 << 16
    private static let largestChunkBytes = 1 << 20

    /// - Parameters:
    ///   - name: for errors.
    ///   - limitBytes: more is an error; of a file before it is read.
    ///   - end: when what is no file must have come to its end; nil waits as long as it takes.
    /// - Throws: `SystemError`: `EFBIG` for more bytes than `limitBytes`, `ETIMEDOUT` after `end`.
    static func read(
        _ descriptor: Int32, _ name: String, limitBytes: Int, until end: ContinuousClock.Instant? = nil
    ) throws -> [UInt8] {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemError("read", name) }
        let isFile = status.st_mode & S_IFMT == S_IFREG
        // What the kernel makes up as it is read, as in /proc, says that it is empty.
        let size = isFile ? Int(status.st_size) : 0
        guard size <= limitBytes else { throw SystemError("read", name, errorNumber: EFBIG) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: max(chunkBytes, min(size + 1, largestChunkBytes)))
        while true {
            if !isFile { try wait(for: descriptor, name, until: end) }
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR || (!isFile && errno == EAGAIN) { continue }
            guard count >= 0 else { throw SystemError("read", name) }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= limitBytes else { throw SystemError("read", name, errorNumber: EFBIG) }
            bytes += chunk[..<count]
        }
    }

    /// Waits with no signal blocked. A program that polls for its signals (`SignalPipe`) does not poll while it waits for a
    /// file: what would stop any program stops it here too, when it has nothing yet that could be lost.
    private static func wait(for descriptor: Int32, _ name: String, until end: ContinuousClock.Instant?) throws {
        var (none, blocked) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &blocked)
        defer { pthread_sigmask(SIG_SETMASK, &blocked, nil) }
        while true {
            let left = end.map { Int32((max(.zero, $0 - .now) / .milliseconds(1)).rounded(.up)) }
            var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&item, 1, left ?? -1)
            if ready > 0 { return }
            guard ready < 0, errno == EINTR else { throw SystemError("read", name, errorNumber: ETIMEDOUT) }
        }
    }
}
