package import Host
package import Wire

#if canImport(Glibc)
    import Glibc
#endif

/// The `snas-worker` that lies beside this program.
package enum WorkerProgram {
    /// Where it is: in the folder of the program that runs.
    ///
    /// - Throws: `UserError`: noInput where it is not there, operatingSystem where this program does not know its own place.
    package static func path() throws -> String {
        let program = try expectedPath()
        guard FileSystem.exists(program) else {
            throw UserError(
                .noInput,
                "\(program) is missing: snas starts the snas-worker that lies beside it; the package snas-worker brings it"
            )
        }
        return program
    }

    /// Where it would be, here or on a host that has the same folders: there or not.
    ///
    /// - Throws: `UserError` (operatingSystem) where this program does not know its own place.
    package static func expectedPath() throws -> String {
        guard let own = HostInfo.executablePath() else { throw UserError(.operatingSystem, "/proc is not mounted") }
        return "\(FileSystem.parent(of: own))/snas-worker"
    }

    /// Said to a worker that is not to outlive the program that started it: its standard input is a pipe that this one holds.
    static let endsWithInput = "--ends_with_input"

    /// Runs it with this program's own output, and answers with its exit code. It ends when this program does, however it ends.
    package static func runToEnd(_ words: [String]) throws -> ExitCode {
        let life = try Pipe()
        let child = try ChildProcess(try path(), words + [endsWithInput], input: life.reading)
        defer { withExtendedLifetime(life) {} }
        switch child.wait() {
        case .exited(let code):
            guard let known = ExitCode(rawValue: code) else {
                throw ProgramFault(endOfChild: "snas-worker ended", code: code).error
            }
            return known
        case .signalled(let signal): throw UserError(.internalFault, "snas-worker was ended by signal \(signal)")
        }
    }
}

/// Worker processes that a command starts beside itself, on this machine.
package final class LocalWorkers: StartedWorkers {
    private var children: [(process: ChildProcess, status: ProcessStatus?)] = []
    /// Their standard input. They end when this process does, however it ends: the kernel closes the other end for it.
    private let life: Pipe

    /// - Throws: `UserError` where the program is not beside this one.
    package init(count: Int, threads: Int, endpoint: String, extra: [String] = []) throws {
        let program = try WorkerProgram.path()
        life = try Pipe()
        for _ in 0..<count {
            let words =
                ["--connect", endpoint, "--threads", String(threads), "--quiet", WorkerProgram.endsWithInput] + extra
            // A worker's standard output is not the run's: results alone go there.
            let child = try ChildProcess(program, words, outputPath: "/dev/null", input: life.reading)
            children.append((child, nil))
        }
    }

    deinit { stop() }

    /// Nothing of theirs is read: what they say goes where this program's own notes go.
    package var descriptors: [Int32] { [] }

    package func look(members: Set<WorkerIdentity>, at now: Duration) -> WorkersLook { WorkersLook(ending: allEnded()) }

    /// Nil while one runs.
    package func allEnded() -> WorkersEnding? {
        for index in children.indices { children[index].status = children[index].process.poll() }
        guard children.allSatisfy({ $0.status != nil }) else { return nil }
        let words = children.compactMap(\.status).map { status in
            switch status {
            case .exited(let code): "exit code \(code)"
            case .signalled(let signal): "signal \(signal)"
            }
        }
        let isPermanent = children.contains { child in
            if case .exited(let code)? = child.status { code != ExitCode.temporary.rawValue } else { false }
        }
        return WorkersEnding(
            sentence: "all \(children.count) workers have ended (\(words.joined(separator: ", ")))",
            isPermanent: isPermanent)
    }

    /// Ends those that are left: first asked, then, two seconds later, killed.
    package func stop() {
        for child in children { child.process.send(signal: SIGTERM) }
        let limit = Clock.monotonic() + .seconds(2)
        while Clock.monotonic() < limit, children.contains(where: { $0.process.poll() == nil }) { usleep(10_000) }
        for child in children {
            child.process.send(signal: SIGKILL)
            _ = child.process.wait()
        }
        children = []
    }
}
