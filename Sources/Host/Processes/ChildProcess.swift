#if canImport(Glibc)
    import Glibc
#endif

/// How a program ended: by a code of its own, or by a signal's number.
package enum ProcessStatus: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)
}

/// A program that this one started.
package final class ChildProcess {
    /// Of the child; it stays the child's until `poll` or `wait` has said how it ended.
    package let processIdentifier: Int32
    private var status: ProcessStatus?

    /// Starts it, found by PATH where it has no slash, with none of our signals blocked, and without what a service manager told us.
    ///
    /// - Parameters:
    ///   - outputPath: where its standard output goes, a new file or one that is emptied; nil leaves it with ours.
    ///   - errorPath: likewise its standard error.
    ///   - input: a descriptor of ours that becomes its standard input; nil leaves it ours.
    ///   - output: likewise its standard output.
    ///   - errorOutput: likewise its standard error.
    ///   - leadsGroup: whether it gets a process group of its own, which no terminal's signals reach.
    ///   - environment: added to ours, or instead of what ours says.
    /// - Throws: `SystemError` where it cannot be started.
    package init(
        _ executable: String, _ arguments: [String], outputPath: String? = nil, errorPath: String? = nil,
        input: Int32? = nil, output: Int32? = nil, errorOutput: Int32? = nil, leadsGroup: Bool = false,
        environment: [String: String] = [:]
    ) throws {
        precondition((outputPath == nil || output == nil) && (errorPath == nil || errorOutput == nil))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, path) in [(Int32(1), outputPath), (Int32(2), errorPath)] {
            guard let path else { continue }
            posix_spawn_file_actions_addopen(&actions, number, path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        }
        for (number, descriptor) in [(Int32(0), input), (Int32(1), output), (Int32(2), errorOutput)] {
            guard let descriptor else { continue }
            precondition(descriptor > 2, "a copy onto itself would be closed with the others")
            posix_spawn_file_actions_adddup2(&actions, descriptor, number)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals that this process polls for are blocked here; the child starts with none blocked.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | (leadsGroup ? POSIX_SPAWN_SETPGROUP : 0)))
        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
        words.append(nil)
        var variables = Self.variables(Self.ownVariables, with: environment).map { variable in
            strdup(variable) as UnsafeMutablePointer<CChar>?
        }
        variables.append(nil)
        defer { for word in words + variables { free(word) } }
        var identifier: pid_t = 0
        let result = posix_spawnp(&identifier, executable, &actions, &attributes, words, variables)
        guard result == 0 else { throw SystemError("start", executable, errorNumber: result) }
        processIdentifier = identifier
    }

    /// `NAME=VALUE` each.
    private static var ownVariables: [String] {
        var variables: [String] = []
        var entry = environ
        while let text = entry.pointee {
            variables.append(String(cString: text))
            entry += 1
        }
        return variables
    }

    /// A child's: ours, but for what a service manager said to this process alone, and more, which counts instead of what ours say.
    package static func variables(_ own: [String], with more: [String: String]) -> [String] {
        let inherited = own.filter { variable in
            let name = String(variable.prefix { $0 != "=" })
            return more[name] == nil && !ServiceManager.variables.contains(name)
        }
        return inherited + more.map { "\($0.key)=\($0.value)" }.sorted()
    }

    /// How it ended; nil while it runs.
    package func poll() -> ProcessStatus? { collect(WNOHANG) }

    /// Waits until it ends.
    package func wait() -> ProcessStatus { collect(0) ?? .exited(-1) }

    private func collect(_ options: Int32) -> ProcessStatus? {
        if let status { return status }
        var word: Int32 = 0
        var answer = waitpid(processIdentifier, &word, options)
        while answer < 0, errno == EINTR { answer = waitpid(processIdentifier, &word, options) }
        guard answer == processIdentifier else { return nil }
        let signal = word & 0x7F
        status = signal == 0 ? .exited((word >> 8) & 0xFF) : .signalled(signal)
        return status
    }

    /// Nothing once `poll` or `wait` has said how it ended: the number may be another process's by then.
    package func send(signal: Int32) { if status == nil { kill(processIdentifier, signal) } }
}
