#if canImport(Glibc)
    import Glibc
#endif

/// Names the seed in work when the process traps: nobody else could, and without it a crash cannot be looked at again.
package enum CrashNote {
    private static let limit = 160
    /// Written by the one test that fuzzes at a time (those suites are serialized), read by the signal's handler.
    nonisolated(unsafe) private static let text = UnsafeMutablePointer<CChar>.allocate(capacity: limit)

    private static let installed: Bool = {
        text.pointee = 0
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGBUS, SIGFPE] {
            signal(number) { number in
                _ = write(2, CrashNote.text, strlen(CrashNote.text))
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        return true
    }()

    /// - Parameter what: what is being fuzzed; nil when nothing is any more.
    package static func set(_ what: String?, seed: UInt64 = 0) {
        guard installed else { return }
        let words = what.map { "\nthe process dies while fuzzing \($0); run again with SNAS_FUZZ_SEED=\(seed)\n" } ?? ""
        for (place, byte) in (Array(words.utf8.prefix(limit - 1)) + [0]).enumerated() {
            text[place] = CChar(bitPattern: byte)
        }
    }

    /// Seeds from the first one on, or the one that the environment asks for.
    package static func seeds(_ count: Int, first: UInt64 = 1) -> [UInt64] {
        if let only = getenv("SNAS_FUZZ_SEED").flatMap({ UInt64(String(cString: $0)) }) { return [only] }
        return (0..<UInt64(count)).map { first + $0 }
    }
}
