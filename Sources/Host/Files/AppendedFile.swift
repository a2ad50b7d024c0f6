#if canImport(Glibc)
    import Glibc
#endif

/// A file to which one process at a time appends lines, each on the disk before the next.
package final class AppendedFile {
    /// As it was given, for errors.
    package let path: String
    private let file: Int32

    /// Opens it, making it where there is none, and holds the kernel's lock on it as long as this object lives.
    ///
    /// - Throws: `UserError` (cannotCreate) where it cannot be opened, or where another process has the lock.
    package init(_ path: String) throws {
        // The object owns the descriptor only once it has the lock: whoever throws before closes it here, and once.
        let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0o644)
        guard opened >= 0 else { throw UserError(.cannotCreate, SystemError("write", path).description) }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            close(opened)
            throw UserError(.cannotCreate, "another process is writing '\(path)'")
        }
        self.path = path
        file = opened
    }

    deinit { close(file) }

    /// - Throws: `SystemError`.
    package func append(_ bytes: [UInt8]) throws {
        try FileSystem.put(bytes, into: file, of: path)
        guard fsync(file) == 0 else { throw SystemError("sync", path) }
    }

    /// Cuts off what lies behind so many bytes.
    ///
    /// - Throws: `SystemError`.
    package func truncate(toBytes count: Int) throws {
        guard ftruncate(file, count) == 0, fsync(file) == 0 else { throw SystemError("write", path) }
    }
}
