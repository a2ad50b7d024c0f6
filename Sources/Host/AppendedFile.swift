#if canImport(Glibc)
    import Glibc
#endif

/// A file to which one process at a time appends lines, each on the disk before the next.
package final class AppendedFile {
    package let path: String
    private let file: Int32

    /// Opens it, making it where there is none, and holds the kernel's lock on it as long as this object lives.
    ///
    /// - Throws: `SystemError`; `UserError` (cannotCreate) where another process has the lock.
    package init(_ path: String) throws {
        self.path = path
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0o644)
        guard file >= 0 else { throw SystemError("write", path) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw UserError(.cannotCreate, "another process is writing '\(path)'")
        }
    }

    deinit { close(file) }

    /// - Throws: `SystemError`.
    package func append(_ bytes: [UInt8]) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(file, $0.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError("write", path) }
            written += count
        }
        guard fsync(file) == 0 else { throw SystemError("sync", path) }
    }

    /// Cuts off what lies behind so many bytes.
    ///
    /// - Throws: `SystemError`.
    package func truncate(toBytes count: Int) throws {
        guard ftruncate(file, count) == 0, fsync(file) == 0 else { throw SystemError("write", path) }
    }
}
