import Formats
import Host
import Testing

import Launching

#if canImport(Glibc)
    import Glibc
#endif

@Suite("A host that is looked at")
struct HostExaminationTests {
    private static let figures = WorkFigures(
        threads: 3, imagesPerStep: 64, stepSeconds: 0.5, steps: 5, weightSets: 1, contributions: 1, peakBytes: 1 << 29,
        kind: "ab-cd", dataDigest: nil, processor: "a \"processor\"", kernels: "avx2")

    /// Looks at a host with a program in place of ssh, which runs what ssh would on this machine, and one in place of the worker.
    private func look(
        _ host: WorkerHost, worker: String, ssh: String = "exec sh -c \"$last\"", program: String? = nil
    ) throws -> HostExamination {
        let signals = try SignalPipe([])
        let folder = try ScratchFolder(prefix: "snas-host-")
        defer { withExtendedLifetime((folder, signals)) {} }
        func write(_ name: String, _ text: String) throws -> String {
            let path = "\(folder.path)/\(name)"
            try FileSystem.writeFile(path, Array("#!/bin/sh\n\(text)\n".utf8))
            chmod(path, 0o755)
            return path
        }
        let fake = try write("worker", worker)
        let reach = try write("ssh", "for word; do last=$word; done\n\(ssh)")
        let plan = HostExamination.Plan(
            ssh: try SSHCommand(reach), program: program ?? fake, wireVersion: 9, settings: "a = 1\tb = it's 2",
            workWords: ["--classes", "10"])
        let examination = HostExamination(host, plan)
        examination.start(at: Clock.monotonic())
        for _ in 0..<3000 where !examination.isOver {
            _ = DescriptorPoll.wait(examination.descriptors, timeout: .milliseconds(10))
            examination.look(at: Clock.monotonic())
        }
        #expect(examination.isOver)
        return examination
    }

    private static let version =
        "if [ \"$1\" = version ]; then echo 'snas-worker 0.1.0 (wire 9, run format 4)'; exit; fi"

    @Test(
        "It says what it is, its clock and the way to it are known, and its program is told the search and the host's line"
    )
    func whole() throws {
        var host = WorkerHost("h")
        host.slots = 1024
        host.data = "/"
        let line = Self.figures.json.serialized().replacing("'", with: "")
        let words = "for word; do echo \"<$word>\" >&2; done"
        let examination = try look(
            host, worker: "\(Self.version)\n\(words)\necho 'snas-host cores=1'\necho noise\necho '\(line)'")
        #expect(examination.failure == nil && examination.work == Self.figures)
        #expect(examination.facts.version == "snas-worker 0.1.0 (wire 9, run format 4)")
        #expect(examination.facts.program?.hasSuffix("/worker") == true && examination.facts.hasData == true)
        #expect(examination.facts.hostName == HostInfo.hostName() && examination.facts.cores ?? 0 >= 1)
        #expect(examination.facts.availableBytes ?? 0 > 1 << 20)
        let clock = try #require(examination.clock)
        // One clock, read twice: it lies within what the comparison says of itself, but for the nanoseconds of a Double.
        #expect(clock.certainSeconds < 0.001 && clock.uncertaintySeconds < 30, "\(clock)")
        #expect(examination.roundTrip.map { $0 > .zero && $0 < .seconds(60) } == true)
        let told = try look(host, worker: "\(Self.version)\nprintf '<%s>' \"$@\" >&2\nexit 65")
        #expect(
            told.failure
                == "<--bench><work><--ends_with_input><--settings><a = 1\tb = it's 2><--classes><10><--data></><--threads><1>"
                .replacing("\t", with: " "))
    }

    @Test("A clock that stands 100 s ahead is told so, and one that knows whole seconds alone too")
    func clock() throws {
        let folder = try ScratchFolder(prefix: "snas-date-")
        defer { withExtendedLifetime(folder) {} }
        for (format, slack) in [("%s.%N", 0.001), ("%s", 0.001)] {
            try FileSystem.writeFile(
                "\(folder.path)/date", Array("#!/bin/sh\nexec /bin/date -d '100 seconds' +\(format)\n".utf8))
            chmod("\(folder.path)/date", 0o755)
            let examination = try look(
                WorkerHost("h"), worker: "\(Self.version)\nexit 65",
                ssh: "PATH=\(folder.path):$PATH\nexport PATH\nexec sh -c \"$last\"")
            let clock = try #require(examination.clock)
            #expect(abs(clock.offsetSeconds - 100) <= clock.uncertaintySeconds + slack, "\(clock)")
            #expect(clock.uncertaintySeconds >= (format == "%s" ? 0.5 : 0), "\(clock)")
        }
    }

    @Test("What keeps a host from work is told in the words of whoever knows: ssh, the script, or the program")
    func failures() throws {
        let refused = try look(
            WorkerHost("h"), worker: "", ssh: "echo 'ssh: connect to host h port 22: Connection refused' >&2; exit 255")
        #expect(refused.failure == "ssh: connect to host h port 22: Connection refused" && refused.facts == HostFacts())
        let missing = try look(WorkerHost("h"), worker: "", program: "/nowhere/snas-worker")
        #expect(missing.failure?.contains("neither as /nowhere/snas-worker") == true && missing.facts.program == nil)
        #expect(
            missing.clock != nil && missing.facts.cores != nil, "what is known without the program is told all the same"
        )
        let older = try look(WorkerHost("h"), worker: "echo 'snas-worker 0.0.9 (wire 8, run format 3)'")
        #expect(older.failure?.contains("does not speak wire 9") == true)
        let killed = try look(WorkerHost("h"), worker: "\(Self.version)\nkill -9 $$")
        #expect(killed.failure?.contains("killed while it computed") == true)
        let silent = try look(WorkerHost("h"), worker: "\(Self.version)\necho '{\"threads\":1}'")
        #expect(silent.failure?.contains("says nothing of its work") == true)
        let none = try look(WorkerHost("h"), worker: "", ssh: "kill -9 $$")
        #expect(none.failure != nil)
    }

    @Test(
        "Facts that are no facts are passed over: noise of a shell, numbers that no machine has, values beyond their length"
    )
    func facts() {
        var facts = HostFacts()
        for (name, value) in [
            ("cores", "many"), ("cores", "-3"), ("memory_kb", "99999999999999999999"), ("host", ""), ("nonsense", "1"),
            ("cores", "8"),
            ("cores", ""), ("memory_kb", "2048"), ("data", "missing"),
        ] { facts.take(name, value) }
        #expect(facts.cores == 8 && facts.availableBytes == 2 << 20 && facts.hostName == nil && facts.hasData == false)
    }

    @Test("Of several exchanges the shortest counts; half of its round trip is what the difference may be wrong by")
    func arithmetic() throws {
        let comparison = try #require(
            ClockComparison([
                .init(asked: 100, there: 108, answered: 102), .init(asked: 200, there: 207.75, answered: 200.5),
                .init(asked: 300, there: 400, answered: 299),
            ]))
        #expect(
            comparison.offsetSeconds == 7.5 && comparison.uncertaintySeconds == 0.25
                && comparison.certainSeconds == 7.25)
        let coarse = try #require(ClockComparison([.init(asked: 10, there: 7, answered: 10.5, grain: 1)]))
        #expect(coarse.offsetSeconds == -2.75 && coarse.uncertaintySeconds == 0.75 && coarse.certainSeconds == 2)
        let same = try #require(ClockComparison([.init(asked: 10, there: 10.125, answered: 10.5)]))
        #expect(same.offsetSeconds == -0.125 && same.certainSeconds == 0)
        #expect(ClockComparison([]) == nil && ClockComparison([.init(asked: 2, there: 2, answered: 1)]) == nil)
    }

    @Test("Figures come through a line of JSON as they are, and what is none of them is refused")
    func lines() throws {
        #expect(
            WorkFigures(try JSONValue.parse(Array(Self.figures.json.serialized().utf8), source: "test")) == Self.figures
        )
        #expect(Self.figures.imagesPerSecond == 128)
        guard case .object(let members) = Self.figures.json else {
            Issue.record("no object")
            return
        }
        for (key, value) in [
            ("threads", JSONValue.integer(0)), ("step_seconds", .number(-1)), ("peak_bytes", .number(1e30)),
            ("kind", .integer(7)),
        ] {
            let broken = JSONValue.object(members.map { $0.key == key ? .init(key, value) : $0 })
            #expect(broken != Self.figures.json && WorkFigures(broken) == nil, "\(key)")
            #expect(WorkFigures(.object(members.filter { $0.key != key })) == nil, "without \(key)")
        }
    }
}
