import Formats
import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The built programs, run as a user runs them, each in a folder of its own.
final class Programs {
    let folder: String
    let bin: String

    init() throws {
        folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        bin = FileSystem.parent(of: try #require(HostInfo.executablePath()))
    }

    deinit { try? FileSystem.removeTree(folder) }

    struct Outcome {
        let status: ProcessStatus
        let output: String
        let notes: String

        /// The last line of a search's results.
        var fingerprint: String? {
            output.split(separator: "\n").first { $0.hasPrefix("fingerprint = ") }.map { String($0.dropFirst(14)) }
        }
    }

    func start(_ program: String, _ words: [String], name: String, under wrapper: [String] = []) throws -> ChildProcess
    {
        let command = wrapper + ["\(bin)/\(program)"] + words
        return try ChildProcess(
            command[0], Array(command.dropFirst()), outputPath: "\(folder)/\(name).out",
            errorPath: "\(folder)/\(name).err", environment: ["CI": "1"])
    }

    func finish(_ child: ChildProcess, name: String) -> Outcome {
        let status = child.wait()
        return Outcome(status: status, output: text("\(name).out"), notes: text("\(name).err"))
    }

    /// Ends a child that does not end by itself: a test that hangs tells nobody anything.
    func finish(_ child: ChildProcess, name: String, within seconds: Int) -> Outcome {
        for _ in 0..<100 * seconds where child.poll() == nil { usleep(10_000) }
        child.send(signal: SIGKILL)
        return finish(child, name: name)
    }

    /// - Parameter seconds: what is still running then is ended.
    func run(
        _ program: String, _ words: [String], name: String = "run", under wrapper: [String] = [],
        within seconds: Int = 600
    ) throws -> Outcome {
        finish(try start(program, words, name: name, under: wrapper), name: name, within: seconds)
    }

    func text(_ file: String) -> String {
        String(decoding: (try? FileSystem.readFile("\(folder)/\(file)", limitBytes: 1 << 26)) ?? [], as: UTF8.self)
    }

    /// Waits until a file holds so many lines with a word; false when that takes a minute.
    func wait(for word: String, lines: Int, in file: String) -> Bool {
        for _ in 0..<6000 {
            if text(file).split(separator: "\n").count(where: { $0.contains(word) }) >= lines { return true }
            usleep(10_000)
        }
        return false
    }

    /// The TCP port that a coordinator says it listens at.
    func port(in file: String) throws -> UInt16 {
        guard wait(for: "listening at", lines: 1, in: file) else { throw UserError(.internalFault, text(file)) }
        let word = text(file).split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("tcp://") }
        let digits = word?.split(separator: ":").last?.prefix { $0.isNumber }
        return try #require(digits.flatMap { UInt16($0) })
    }

    /// A search that takes seconds: five shards (no power of two) of eight images, a held-out part, four steps, in each of which
    /// alpha moves.
    static func small(seed: Int = 2, steps: Int = 4, epochs: Int = 3) -> [String] {
        [
            "--init_channels", "4", "--layers", "3", "--batch_size", "40", "--shards", "5", "--epochs", "\(epochs)",
            "--max_steps",
            "\(steps)", "--train_portion", "0.8", "--recalibration_images", "128", "--seed", "\(seed)",
            "--arch_learning_rate", "0.05", "--warmup", "0",
        ]
    }

    // MARK: Runs without end, that a test stops

    /// Far more steps than a test waits for; how many there will be changes no step.
    static func endless(steps: Int = 100_000) -> [String] { small(steps: steps, epochs: 100_000) }

    /// Steps that are done, in this programs' one run.
    var steps: Int { text("run/journal.jsonl").split(separator: "\n").count }

    /// So many more steps are done within half a minute.
    func expectSteps(_ more: Int, after what: String = "", sourceLocation: SourceLocation = #_sourceLocation) {
        let wanted = steps + more
        for _ in 0..<3000 where steps < wanted { usleep(10_000) }
        #expect(steps >= wanted, "no steps after \(what): \(text("coordinator.err"))", sourceLocation: sourceLocation)
    }

    /// What was computed is what a run computes that nobody disturbs: the same alpha after every step.
    func expectQuietSteps(limit: Int = 60, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let quiet = try Programs()
        let count = min(limit, steps)
        let words = ["local", "--workers", "1", "--threads", "1", "--run", "\(quiet.folder)/run"]
        let outcome = try quiet.run("snas", words + Self.endless(steps: count))
        #expect(outcome.status == .exited(0), "\(outcome.notes)", sourceLocation: sourceLocation)
        let told = text("run/journal.jsonl").split(separator: "\n").prefix(count)
        #expect(
            Array(told) == quiet.text("run/journal.jsonl").split(separator: "\n"), sourceLocation: sourceLocation)
    }

    /// The last checkpoint of an endless run has the fingerprint of a run of as many steps that nobody disturbs.
    /// - Parameter words: what the coordinator was told besides.
    func expectQuietFingerprint(_ words: [String] = [], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let name = try #require(
            try FileSystem.list("\(folder)/run/checkpoints").last, sourceLocation: sourceLocation)
        let text = text("run/checkpoints/\(name)/state.json")
        let state = try JSONValue.parse(Array(text.utf8), source: name)
        let steps = try #require(state["step"]?.integer, sourceLocation: sourceLocation)
        let quiet = try Programs()
        let outcome = try quiet.run(
            "snas",
            ["local", "--workers", "1", "--threads", "2", "--run", "\(quiet.folder)/run"] + Self.endless(steps: steps)
                + words)
        #expect(
            outcome.fingerprint != nil && outcome.fingerprint == state["fingerprint"]?.text,
            "after \(steps) steps: \(outcome.notes)", sourceLocation: sourceLocation)
    }
}
