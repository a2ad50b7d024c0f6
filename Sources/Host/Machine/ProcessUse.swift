#if canImport(Glibc)
    import Glibc
#endif

/// What this process takes of its machine now, as the kernel counts it.
package struct ProcessUse: Sendable, Equatable {
    package let residentBytes: Int
    package let virtualBytes: Int
    /// Of all its threads, in user and system mode.
    package let processorSeconds: Double
    package let openFiles: Int
    /// How many files it may have open.
    package let openFilesLimit: Int
    /// Seconds since 1970. The same each time that it is asked.
    package let startUnixSeconds: Double

    /// Nil where /proc is not mounted.
    package static func now() -> ProcessUse? {
        let bytes = (try? FileSystem.readFile("/proc/self/stat", limitBytes: 4096)) ?? []
        guard let fields = fields(of: bytes), let start else { return nil }
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return ProcessUse(
            residentBytes: Int(fields[21]) * Int(getpagesize()), virtualBytes: Int(fields[20]),
            processorSeconds: (fields[11] + fields[12]) / ticksASecond,
            openFiles: (try? FileSystem.entryCount("/proc/self/fd")) ?? 0,
            openFilesLimit: Int(clamping: limit.rlim_cur),
            startUnixSeconds: start)
    }

    private static let ticksASecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))

    /// By the clock that also counts while the machine sleeps, as the kernel does.
    private static let start: Double? = {
        let bytes = (try? FileSystem.readFile("/proc/self/stat", limitBytes: 4096)) ?? []
        return fields(of: bytes).map { Clock.unixSeconds() - (Clock.monotonic().seconds - $0[19] / ticksASecond) }
    }()

    /// Those after the program's name, which may hold anything; the state, which is a letter, counts as 0. The first is the third in
    /// proc(5).
    private static func fields(of stat: [UInt8]) -> [Double]? {
        guard let end = stat.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = String(decoding: stat[(end + 1)...], as: UTF8.self).split(whereSeparator: \.isWhitespace)
            .map { Double($0) ?? 0 }
        return fields.count > 21 ? fields : nil
    }
}
