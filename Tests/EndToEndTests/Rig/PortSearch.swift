import Host
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A search whose port strangers reach, and the one honest worker of it.
final class PortSearch {
    let programs: Programs
    let coordinator: ChildProcess
    let worker: ChildProcess
    let place: RawConnection.Place
    let endpoint: String
    private(set) var start: ProcessFigures

    /// - Parameters:
    ///   - words: what the coordinator is told besides.
    ///   - wrapper: what it is started by.
    init(_ words: [String] = [], under wrapper: [String] = [], bind: (String) -> String) throws {
        programs = try Programs()
        coordinator = try programs.start(
            "snas",
            ["coordinator", "--bind", bind(programs.folder), "--run", "\(programs.folder)/run"]
                + Programs.endless() + words, name: "coordinator", under: wrapper)
        if bind(programs.folder).hasPrefix("ipc://") {
            endpoint = bind(programs.folder)
            place = .path(String(endpoint.dropFirst(6)))
        } else {
            let port = try programs.port(in: "coordinator.err")
            endpoint = "tcp://127.0.0.1:\(port)"
            place = .port(port)
        }
        worker = try programs.start(
            "snas-worker", ["--connect", endpoint, "--threads", "1"], name: "worker")
        #expect(programs.wait(for: "\"step\"", lines: 20, in: "run/metrics.jsonl"))
        start = ProcessFigures(of: coordinator.processIdentifier)
    }

    var figures: ProcessFigures { ProcessFigures(of: coordinator.processIdentifier) }

    /// Twenty more steps are done, by the worker that was there before.
    func expectSteps(after what: String, sourceLocation: SourceLocation = #_sourceLocation) {
        programs.expectSteps(20, after: what, sourceLocation: sourceLocation)
        #expect(worker.poll() == nil && coordinator.poll() == nil, "\(what)", sourceLocation: sourceLocation)
    }

    /// Waits until the coordinator holds few descriptors again; false when that takes a minute.
    func settles(below descriptors: Int) -> Bool {
        for _ in 0..<6000 {
            if figures.descriptors <= descriptors { return true }
            usleep(10_000)
        }
        return false
    }

    /// Ends it, and compares what it computed with a run that nobody disturbed.
    func finish() throws {
        coordinator.send(signal: SIGTERM)
        #expect(coordinator.wait() == .exited(ExitCode.temporary.rawValue), "\(programs.text("coordinator.err"))")
        #expect(worker.wait() == .exited(ExitCode.temporary.rawValue), "\(programs.text("worker.err"))")
        try programs.expectQuietSteps()
    }

    /// Ends it, and compares its last fingerprint with that of a run that nobody disturbed.
    /// - Parameter words: what the coordinator was told besides.
    func finish(sameFingerprintWith words: [String]) throws {
        coordinator.send(signal: SIGTERM)
        #expect(coordinator.wait() == .exited(ExitCode.temporary.rawValue), "\(programs.text("coordinator.err"))")
        #expect(worker.wait() == .exited(ExitCode.temporary.rawValue), "\(programs.text("worker.err"))")
        try programs.expectQuietFingerprint(words)
    }

    var log: String { programs.text("run/log.txt") }

    deinit {
        coordinator.send(signal: SIGKILL)
        worker.send(signal: SIGKILL)
        _ = coordinator.wait()
        _ = worker.wait()
    }
}
