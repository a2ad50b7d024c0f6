#if canImport(Glibc)
    import Glibc
#endif

/// The terminal that standard streams lead to.
package enum Terminal {
    /// Where neither the terminal nor the environment says it.
    private static let standardColumns = 80

    /// Whether standard error is a terminal on which a line can be redrawn, with somebody before it.
    package static var isRedrawable: Bool {
        StandardStreams.errorIsTerminal && HostInfo.environment("TERM") != "dumb" && !isSet("CI")
    }

    /// Characters in a line of standard error's terminal, now: it may be made wider or narrower at any time.
    package static var columns: Int { columns(of: STDERR_FILENO) }

    /// Characters in a line of what is printed for people to read: of standard output's terminal, at most `limit`, which is also the
    /// width where it is none.
    package static func pageColumns(atMost limit: Int) -> Int {
        isatty(STDOUT_FILENO) == 1 ? min(limit, columns(of: STDOUT_FILENO)) : limit
    }

    /// By asking the terminal; a shell's `COLUMNS` is seldom exported, and old once the window has changed.
    static func columns(of descriptor: Int32) -> Int {
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        let told = HostInfo.environment("COLUMNS").flatMap { Int($0) }
        return told.flatMap { $0 > 0 ? $0 : nil } ?? standardColumns
    }

    // MARK: Colours

    /// Whether what standard error says may be coloured: not where `NO_COLOR` is set, to whatever.
    package static var hasColours: Bool { isRedrawable && !isSet("NO_COLOR") }

    /// For warnings.
    package static func yellow(_ text: String) -> String { "\u{1B}[33m\(text)\u{1B}[0m" }

    /// For what ends a program.
    package static func red(_ text: String) -> String { "\u{1B}[31m\(text)\u{1B}[0m" }

    /// By the habit of both variables an empty one counts for nothing.
    private static func isSet(_ name: String) -> Bool { HostInfo.environment(name).map { !$0.isEmpty } ?? false }
}
