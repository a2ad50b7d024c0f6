import CLinux

#if canImport(Glibc)
    import Glibc
#endif

/// What this machine and process are.
package enum HostInfo {
    /// As the kernel has it; "unknown" where it does not say.
    package static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "unknown" }
    }

    /// The processor's name as the kernel gives it.
    package static func processor() -> String {
        let bytes = (try? FileSystem.readFile("/proc/cpuinfo", limitBytes: 4 << 20)) ?? []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix("model name") {
            if let colon = line.firstIndex(of: ":") {
                return String(line[line.index(after: colon)...].drop { $0 == " " })
            }
        }
        return "unknown processor"
    }

    /// Of the instruction sets that kernels may use, those that the kernel says this processor has.
    package static func instructionSets() -> [String] {
        let bytes = (try? FileSystem.readFile("/proc/cpuinfo", limitBytes: 4 << 20)) ?? []
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first {
            $0.hasPrefix("flags") || $0.hasPrefix("Features")
        }
        let flags = Set((line ?? "").split(separator: " ").map(String.init))
        return ["avx512f", "avx2", "fma", "asimd"].filter(flags.contains)
    }

    /// Cores that this process may keep busy (`CoreCount`).
    package static func coreCount() -> Int { CoreCount.ofThisProcess().count }

    /// Of this process.
    package static func processIdentifier() -> Int32 { getpid() }

    /// The user that this process acts as.
    package static func user() -> UInt32 { geteuid() }

    /// The groups that this process acts as one of.
    package static func groups() -> Set<UInt32> {
        let count = max(0, getgroups(0, nil))
        var groups = [gid_t](repeating: 0, count: Int(count))
        let filled = getgroups(count, &groups)
        return Set(groups.prefix(Int(max(0, filled)))).union([getegid()])
    }

    /// Nil where the variable is not set.
    package static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Names this start of this machine's kernel; "unknown" where /proc is not mounted.
    package static func bootIdentity() -> String {
        let bytes = (try? FileSystem.readFile("/proc/sys/kernel/random/boot_id", limitBytes: 4096)) ?? []
        let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        return text.isEmpty ? "unknown" : text
    }

    /// Path of the running program; nil where /proc is not mounted.
    package static func executablePath() -> String? { FileSystem.linkTarget("/proc/self/exe") }

    /// Keeps freed memory in the process instead of giving it back: a program here frees and takes the same blocks every step, and
    /// fresh pages would have to be cleared each time.
    package static func keepFreedMemory() {
        mallopt(M_MMAP_THRESHOLD, 1 << 30)
        mallopt(M_TRIM_THRESHOLD, Int32.max)
    }

    /// Gives what was freed back to the system, as far as whole pages are free.
    package static func giveFreedMemoryBack() { malloc_trim(0) }

    /// Raises the number of files that this process may have open as far as the system lets it; every connection is one.
    /// - Returns: how many that are now.
    @discardableResult
    package static func raiseDescriptorLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        var wanted = limit
        wanted.rlim_cur = wanted.rlim_max
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &wanted) == 0 else {
            return Int(clamping: limit.rlim_cur)
        }
        return Int(clamping: wanted.rlim_cur)
    }

    /// Largest resident memory of this process so far, in bytes.
    package static func peakResidentBytes() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    }

    /// Resident memory of this process now, in bytes; 0 where /proc is not mounted.
    package static func residentBytes() -> Int {
        let text = (try? FileSystem.readFile("/proc/self/statm", limitBytes: 4096)) ?? []
        let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
    }

    /// Ends this process as SIGKILL from outside would: nothing is flushed, nobody is told.
    package static func killOneself() {
        kill(getpid(), SIGKILL)
    }

    /// Ends this process from any of its threads, without the C libraries' last words: others may be inside of them.
    package static func end(_ code: ExitCode) -> Never {
        fflush(nil)
        _exit(code.rawValue)
    }

    /// Replaces this process by the same program with more environment. Returns only when that fails.
    package static func restart(settingEnvironment variables: [String: String]) throws {
        for (name, value) in variables { setenv(name, value, 1) }
        var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) }
        arguments.append(nil)
        execv("/proc/self/exe", &arguments)
        throw SystemError("restart", CommandLine.arguments.first ?? "this program")
    }
}
