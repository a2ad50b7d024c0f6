import CLinux

#if canImport(Glibc)
    import Glibc
#endif

/// What a machine allows a long run: for people who ask before they start one.
package enum MachineFacts {
    /// Files and sockets that this process may have open, and what an administrator lets it ask for.
    package static func openFileLimit() -> (now: Int, most: Int) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return (0, 0) }
        return (Int(clamping: limit.rlim_cur), Int(clamping: limit.rlim_max))
    }

    /// Memory that could be taken without swapping; nil where the kernel does not say.
    package static func availableMemoryBytes() -> Int? {
        guard let bytes = try? FileSystem.readFile("/proc/meminfo", limitBytes: 1 << 20) else { return nil }
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return line.flatMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }.map { $0 * 1024 }
    }

    /// Space that this user may still fill where `path` lies.
    package static func freeBytes(at path: String) -> Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
    }

    /// Whether something keeps the calendar clock in step with others; nil where the kernel does not say.
    package static func clockIsSynchronised() -> Bool? {
        var state = timex()
        guard adjtimex(&state) >= 0 else { return nil }
        return Int32(state.status) & STA_UNSYNC == 0
    }

    /// How long a folder takes to make a file of `byteCount` bytes safe.
    ///
    /// - Throws: `SystemError`.
    package static func syncedWrite(byteCount: Int, in folder: String) throws -> Duration {
        let path = "\(folder)/.snas-doctor-\(HostInfo.processIdentifier())"
        defer { try? FileSystem.removeTree(path) }
        let start = Clock.monotonic()
        try FileSystem.writeAtomically(path, [UInt8](repeating: 0x5A, count: byteCount))
        return Clock.monotonic() - start
    }
}
