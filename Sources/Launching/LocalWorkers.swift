import Host
package import Wire

#if canImport(Glibc)
    import Glibc
#endif

/// Worker processes that a command starts beside itself, on this machine.
package final class LocalWorkers: StartedWorkers {
    private var children: [(process: ChildProcess, status: ProcessStatus?)] = []
    /// Their standard input. They end when this process does, however it ends: the kernel closes the other end for it.
    private let life: Pipe

    /// - Parameter threads: of each worker.
    /// - Throws: `UserError` where the program is not beside this one.
    package init(threads: [Int], endpoint: String, extra: [String] = []) throws {
        let program = try WorkerProgram.path()
        life = try Pipe()
        for threads in threads {
            let words =
                ["--connect", endpoint, "--threads", String(threads), "--quiet", WorkerProgram.endsWithInput] + extra
            // A worker's standard output is not the run's: results alone go there.
            let child = try ChildProcess(
                program, words, outputPath: "/dev/null", input: life.reading, environment: WorkerProgram.environment)
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
