#if canImport(Glibc)
    import Glibc
#endif

/// A file that says who holds something, and by its time of change how long ago the holder last said so.
///
/// Two proofs of different strength: the kernel's lock goes with the process that took it, at once, but holds among processes
/// of one machine only; the file's age is seen by every machine that shares the file system.
package final class LeaseFile: Sendable {
    /// Every machine that shares the folder sees the file there.
    package let path: String
    private let file: Int32

    /// Opens it, making it where there is none.
    package init(_ path: String) throws {
        self.path = path
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw SystemError("open", path) }
    }

    deinit { close(file) }

    /// Takes the kernel's lock, for as long as this object lives; false where another process of this machine has it.
    package func lock() -> Bool { flock(file, LOCK_EX | LOCK_NB) == 0 }

    /// What it says, at most 64 KiB.
    ///
    /// - Throws: `SystemError`.
    package func read() throws -> [UInt8] { try FileSystem.readFile(path, limitBytes: 1 << 16) }

    /// Replaces what it says, in place: whoever watches it watches this file.
    package func write(_ bytes: [UInt8]) throws {
        guard ftruncate(file, 0) == 0 else { throw SystemError("write", path) }
        let written = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
        guard written == bytes.count else { throw SystemError("write", path) }
    }

    /// Sets its age to zero, without a byte written: it works on a full disk.
    package func touch() { futimens(file, nil) }

    /// By the clock of the file system itself, where that can be asked: hosts' clocks may differ. Negative where that clock was set
    /// back, or the holder's is another one: then it proves nothing.
    package func age() throws -> Duration {
        let changed = try touchedAt()
        let probe = "\(path).\(HostInfo.processIdentifier())"
        defer { unlink(probe) }
        let made = open(probe, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        if made >= 0 {
            futimens(made, nil)
            close(made)
            if let now = Self.changeTime(probe) { return now - changed }
        }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return .seconds(now.tv_sec) + .nanoseconds(now.tv_nsec) - changed
    }

    /// When it was last touched, by whatever clock: for whoever asks only whether that changes.
    package func touchedAt() throws -> Duration {
        guard let changed = Self.changeTime(path) else { throw SystemError("read", path) }
        return changed
    }

    private static func changeTime(_ path: String) -> Duration? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return .seconds(status.st_mtim.tv_sec) + .nanoseconds(status.st_mtim.tv_nsec)
    }
}
