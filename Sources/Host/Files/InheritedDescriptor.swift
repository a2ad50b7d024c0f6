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
        let bytes = try BoundedReading.read(descriptor, name, limitBytes: limitBytes, until: .now + patience)
        guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink > 0 else { return (bytes, nil) }
        return (
            bytes, FileSystem.OthersRights(bits: status.st_mode & 0o7777, owner: status.st_uid, group: status.st_gid)
        )
    }

    /// Reads lines up to one that reads `last`, and nothing behind it; the descriptor stays open.
    ///
    /// - Returns: the bytes in front of that line.
    /// - Throws: `SystemError`: `ENODATA` for an end before that line, `ETIMEDOUT` where it does not come in time, `EFBIG` for more
    ///   bytes than `limitBytes`.
    package static func readLines(
        _ descriptor: Int32, upTo last: String, limitBytes: Int, patience: Duration = patience
    ) throws -> [UInt8] {
        let name = "descriptor \(descriptor)"
        let end = ContinuousClock.now + patience
        let ending = Array("\(last)\n".utf8)
        var bytes: [UInt8] = []
        while !(bytes.suffix(ending.count).elementsEqual(ending)
            && (bytes.count == ending.count || bytes[bytes.count - ending.count - 1] == UInt8(ascii: "\n")))
        {
            guard bytes.count < limitBytes else { throw SystemError("read", name, errorNumber: EFBIG) }
            var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = max(.zero, end - .now)
            let ready = poll(&item, 1, Int32((left / .milliseconds(1)).rounded(.up)))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { throw SystemError("read", name, errorNumber: ETIMEDOUT) }
            // One at a time: what is read too far would be lost to whoever reads next.
            var byte: UInt8 = 0
            let count = Glibc.read(descriptor, &byte, 1)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count >= 0 else { throw SystemError("read", name) }
            guard count == 1 else { throw SystemError("read", name, errorNumber: ENODATA) }
            bytes.append(byte)
        }
        return Array(bytes.dropLast(ending.count))
    }
}
