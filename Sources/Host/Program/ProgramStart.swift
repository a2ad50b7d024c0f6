#if canImport(Glibc)
    import Glibc
#endif

/// What a program does before anything else, so that no output that fails can end it or spoil a file.
package enum ProgramStart {
    /// Standard streams that are closed are taken up, and the signals of outputs that fail are ignored: writes fail instead, and
    /// whoever wrote decides what is lost by it.
    ///
    /// - Throws: `SystemError` where there is no `/dev/null`.
    package static func prepare() throws {
        ignoreOutputSignals()
        try takeUpClosedStreams()
    }

    /// Of a pipe without a reader, and of a file beyond the size that `ulimit -f` allows.
    static func ignoreOutputSignals() {
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    }

    /// The next file that is opened gets the lowest free descriptor: with standard output closed it would be a file of the run, and
    /// the results would be written into its middle. Opened for reading alone, a stream refuses to be written and is at its end
    /// for who reads.
    private static func takeUpClosedStreams() throws {
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
            guard open("/dev/null", O_RDONLY) >= 0 else { throw SystemError("open", "/dev/null") }
        }
    }
}
