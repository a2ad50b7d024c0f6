import CLinux

#if canImport(Glibc)
    import Glibc
#endif

/// Signals as something to poll. Made first thing in a program: threads started later inherit the blocked signals, so none
/// interrupts libzmq (a lost wake-up there is a known defect of 4.3.4).
package final class SignalPipe {
    /// Readable while a signal waits.
    package let fileDescriptor: Int32

    /// Blocks these signals in the calling thread and all that it starts later, and ignores SIGPIPE and SIGXFSZ in the whole
    /// process: who writes where nobody reads, or more than it may, is told so by the write itself.
    ///
    /// - Throws: `SystemError`.
    package init(_ signals: [Int32]) throws {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        ProgramStart.ignoreOutputSignals()
        fileDescriptor = signalfd(-1, &set, O_NONBLOCK | O_CLOEXEC)
        guard fileDescriptor >= 0 else { throw SystemError("watch", "signals") }
    }

    deinit { close(fileDescriptor) }

    /// The next signal that came; nil when none waits.
    package func next() -> Int32? {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        return read(fileDescriptor, &info, size) == size ? Int32(info.ssi_signo) : nil
    }

    /// The next signal that asks to stop, for a program that has nothing to make safe meanwhile; nil when none waits.
    package func nextStop() -> Int32? {
        while let signal = next() { if signal != StopSignals.checkpoint { return signal } }
        return nil
    }
}

/// Lets a thread wake another one that polls.
package final class WakeEvent: Sendable {
    /// Readable from `signal` until `clear`.
    package let fileDescriptor: Int32

    /// Not signalled yet.
    ///
    /// - Throws: `SystemError`.
    package init() throws {
        fileDescriptor = eventfd(0, O_NONBLOCK | O_CLOEXEC)
        guard fileDescriptor >= 0 else { throw SystemError("create", "an eventfd") }
    }

    deinit { close(fileDescriptor) }

    /// From any thread; several signals before a `clear` count as one.
    package func signal() {
        var one: UInt64 = 1
        _ = write(fileDescriptor, &one, 8)
    }

    /// By the thread that polls, before it looks at what it was woken for.
    package func clear() {
        var count: UInt64 = 0
        _ = read(fileDescriptor, &count, 8)
    }
}
