#if canImport(Glibc)
    import Glibc
#endif

/// Ends a program with the one that started it. That one gives it a pipe as standard input, writes nothing into it and holds its other
/// end: however the starter ends, killed too, the kernel closes that end, and nobody has to be told.
package enum StarterWatch {
    /// What the thread that waits for the end needs: it calls nothing that recurses.
    private static let stackBytes = 1 << 18

    /// From now on the end of standard input ends this process at once, whatever it computes. For programs that have nothing to make
    /// safe: those that do poll their input among the rest.
    ///
    /// - Throws: `SystemError` where there is no thread left.
    package static func begin() throws {
        _ = try NativeThread(name: "starter", stackBytes: stackBytes) {
            var byte: UInt8 = 0
            while true {
                let count = read(STDIN_FILENO, &byte, 1)
                if count > 0 || (count < 0 && errno == EINTR) { continue }
                // Without the C libraries' last words: a computation may be inside them.
                _exit(ExitCode.terminated.rawValue)
            }
        }
    }
}
