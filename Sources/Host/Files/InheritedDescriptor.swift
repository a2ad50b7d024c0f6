#if canImport(Glibc)
    import Glibc
#endif

/// What whoever started this program handed it over an open descriptor: bytes that need never be in a file.
package enum InheritedDescriptor {
    /// How long the bytes may take to come to their end.
    package static let patience: Duration = .seconds(60)

    /// Reads everything and closes it. Blocks until the other end is closed, for as long as `patience` at most.
    ///
    /// - Returns: the bytes; of a file that has a name also what others may do with it.
    /// - Throws: `SystemError`: `EBADF` for what was not handed over, `ETIMEDOUT` for what has no end, `EFBIG` for more bytes than
    ///   `limitBytes`.
    package static func read(
        _ descriptor: Int32, limitBytes: Int, patience: Duration = patience
    ) throws -> (bytes: [UInt8], rights: FileSystem.OthersRights?) {
        let name = "descriptor \(descriptor)"
        // What this process opened itself goes with the next exec; what it was handed came through one.
        let flags = fcntl(descriptor, F_GETFD)
        guard flags >= 0, flags & FD_CLOEXEC == 0 else { throw SystemError("read", name, errorNumber: EBADF) }
        defer { if descriptor > 2 { close(descriptor) } }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemError("read", name) }
        let bytes = try read(descriptor, name, limitBytes, until: .now + patience)
        guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink > 0 else { return (bytes, nil) }
        return (
            bytes, FileSystem.OthersRights(bits: status.st_mode & 0o7777, owner: status.st_uid, group: status.st_gid)
        )
    }

    private static func read(
        _ descriptor: Int32, _ name: String, _ limitBytes: Int, until end: ContinuousClock.Instant
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = max(.zero, end - .now) / .milliseconds(1)
            let ready = poll(&item, 1, Int32(left.rounded(.up)))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { throw SystemError("read", name, errorNumber: ETIMEDOUT) }
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count >= 0 else { throw SystemError("read", name) }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= limitBytes else { throw SystemError("read", name, errorNumber: EFBIG) }
            bytes += chunk[..<count]
        }
    }
}
