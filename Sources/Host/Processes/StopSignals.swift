#if canImport(Glibc)
    import Glibc
#endif

/// Signals that ask a program to come to its end.
package enum StopSignals {
    /// SIGTERM, SIGINT, and SIGHUP, which a terminal or an ssh session sends when it goes away: a run that is not asked to outlive
    /// it is stopped as by the others, with its checkpoint. Who starts a program with `nohup` has SIGHUP ignored, and it stays so.
    package static var all: [Int32] { [SIGTERM, SIGINT] + (isIgnored(SIGHUP) ? [] : [SIGHUP]) }

    static func isIgnored(_ signal: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(signal, nil, &action) == 0 else { return false }
        // The handler is a union in C; as an address 1 stands for SIG_IGN.
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
