#if canImport(Glibc)
    import Glibc
#endif

/// Where results and everything else go. What cannot be written is lost without a word.
package enum StandardStreams {
    /// Results, a whole line at a time.
    package static func print(_ line: String) { write(line + "\n", to: 1) }

    /// Everything else.
    package static func note(_ line: String) { write(line + "\n", to: 2) }

    /// Text without an end of line, for a progress bar.
    package static func noteRaw(_ text: String) { write(text, to: 2) }

    /// Whether a progress bar can be redrawn there.
    package static var errorIsTerminal: Bool { isatty(2) == 1 }

    private static func write(_ text: String, to file: Int32) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(file, $0.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            written += count
        }
    }
}
