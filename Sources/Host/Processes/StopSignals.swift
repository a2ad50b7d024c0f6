#if canImport(Glibc)
    import Glibc
#endif

/// What signals ask of a program that computes for long.
package enum StopSignals {
    /// Those that ask it to come to its end: SIGTERM, SIGINT and SIGQUIT; SIGUSR1 and SIGXCPU, by which batch systems tell that the
    /// time they gave is nearly over, and SIGALRM, by which a wrapper's alarm does; SIGPWR, that the power is; and SIGHUP, which a
    /// terminal or an ssh session sends when it goes away: a run that is not asked to outlive it is stopped as by the others, with
    /// its checkpoint. Who starts a program with `nohup` has SIGHUP ignored, and it stays so. SIGABRT is left for who wants a core.
    package static var all: [Int32] {
        [SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGXCPU, SIGALRM, SIGPWR] + (isIgnored(SIGHUP) ? [] : [SIGHUP])
    }

    /// Those of which a second one means at once. The system's own warnings come again and again, SIGXCPU with each second of a
    /// processor's time: they mean what the first one did.
    package static func isUrgent(_ signal: Int32) -> Bool { [SIGTERM, SIGINT, SIGQUIT, SIGHUP].contains(signal) }

    /// The one that asks it to make safe what it has, and to go on.
    package static let checkpoint = SIGUSR2

    /// All that a program with something to lose watches: unwatched, each would end it on the spot.
    package static var watched: [Int32] { all + [checkpoint] }

    static func isIgnored(_ signal: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(signal, nil, &action) == 0 else { return false }
        // The handler is a union in C; as an address 1 stands for SIG_IGN.
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
