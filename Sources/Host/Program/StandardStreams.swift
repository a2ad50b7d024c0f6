import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Where results and everything else go. A result that cannot be written is an error that the caller has to pass on; a note that
/// cannot be written, or that nobody reads, is lost, and the program goes on.
package enum StandardStreams {
    /// Results, a whole line at a time. Waits for a reader that is slow.
    ///
    /// - Throws: `UserError` (inputOutput): the line, or a part of it, is lost.
    package static func print(_ line: String) throws(UserError) {
        // Both may lead to one terminal.
        show(bar: "")
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // Whoever shares the pipe may have made it non-blocking.
            if count < 0, errno == EAGAIN, isReady(STDOUT_FILENO, milliseconds: -1) { continue }
            guard count > 0 else { throw outputError(errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Hears of errors that a file system tells only when a file is closed. The last thing that a program does that wrote results.
    ///
    /// - Throws: `UserError` (inputOutput).
    package static func checkOutput() throws(UserError) {
        let copy = dup(STDOUT_FILENO)
        guard copy >= 0 else { return }
        guard close(copy) == 0 || errno == EINTR else { throw outputError(errno) }
    }

    /// Everything else, a whole line at a time. A bar that is shown stays below it.
    ///
    /// - Parameter clearsLine: where another process may show its bar on the same terminal.
    package static func note(_ line: String, clearsLine: Bool = false) {
        bar.withLock { bar in
            let before = clearsLine || !bar.isEmpty ? clearing : ""
            let after = bar.isEmpty ? "" : fitted(bar)
            writeNote(before + line + "\n" + after)
        }
    }

    /// What stands in the last line of a terminal until it is shown anew, and moves down when something is noted; nothing is an end of
    /// it. Standard error is a terminal that can be redrawn.
    ///
    /// - Parameter text: what does not fit the terminal is cut off: a line that wraps cannot be redrawn.
    package static func show(bar text: String) {
        bar.withLock { bar in
            if text.isEmpty, bar.isEmpty { return }
            bar = text
            writeNote(clearing + fitted(text))
        }
    }

    /// As it was asked for last; empty while there is none.
    private static let bar = Mutex<String>("")

    /// To the line's beginning, and away with it.
    private static let clearing = "\r\u{1B}[K"

    /// With the last column left free, beyond which some terminals wrap.
    private static func fitted(_ bar: String) -> String { String(bar.prefix(max(0, Terminal.columns - 1))) }

    /// Whether a progress bar can be redrawn there.
    package static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    private static func outputError(_ number: Int32) -> UserError {
        let reason = number == EBADF ? "it is closed" : String(cString: strerror(number))
        return UserError(.inputOutput, "cannot write standard output: \(reason)")
    }

    // MARK: Notes

    /// How long a note waits for a reader, who may have stopped its terminal or never read its pipe: a search would stand still, and
    /// its workers leave it.
    private static let patienceMilliseconds: Int32 = 1000

    /// A pipe that is ready takes as many bytes at once without waiting.
    private static let readyBytes = Int(PIPE_BUF)

    /// Whether the reader was waited for in vain: the next note does not wait.
    private static let isStalled = Atomic<Bool>(false)

    private static func writeNote(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let patience = isStalled.load(ordering: .relaxed) ? 0 : patienceMilliseconds
            let ready = isReady(STDERR_FILENO, milliseconds: patience)
            isStalled.store(!ready, ordering: .relaxed)
            guard ready else { return }
            let count = rest.prefix(readyBytes).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Whether a write would not wait, be it because it would fail.
    ///
    /// - Parameter milliseconds: how long that is waited for; -1 for ever.
    private static func isReady(_ descriptor: Int32, milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        var found = poll(&entry, 1, milliseconds)
        while found < 0, errno == EINTR { found = poll(&entry, 1, milliseconds) }
        return found != 0
    }
}
