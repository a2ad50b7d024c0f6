import Formats
import Host
import Reporting
import RunStore
import SearchProtocol
import Testing
import Training

/// Files that grow by lines: journal, log and metrics.
@Suite
struct LineFileTests {
    private func step(_ number: Int) -> JSONValue { .object(["kind": .string("step"), "step": .integer(number)]) }

    private func epoch(_ number: Int) -> JSONValue { .object(["kind": .string("epoch"), "epoch": .integer(number)]) }

    // MARK: Metrics

    @Test("A resumed run forgets the steps and epochs that its checkpoint does not know, and a line that was cut short")
    func forgetting() throws {
        let folder = try RunFolder()
        let metrics = RunMetrics(try RunDirectory.create(folder.path))
        try metrics.forget(stepsFrom: 0, epochsFrom: 0)
        for number in 0..<6 { try metrics.append(step(number)) }
        try metrics.append(epoch(0))
        try metrics.append(epoch(1))
        let drops = [4, 6].map { JSONValue.object(["kind": .string("drops"), "step": .integer($0)]) }
        for line in drops { try metrics.append(line) }
        try folder.write("metrics.jsonl", folder.text("metrics.jsonl") + #"{"kind":"st"#)
        try metrics.forget(stepsFrom: 4, epochsFrom: 1)
        try metrics.append(step(4))
        #expect(
            folder.lines("metrics.jsonl")
                == (0..<4).map { step($0).serialized() } + [epoch(0), drops[0], step(4)].map { $0.serialized() })
    }

    @Test("Beyond its bound the steps move to a second file, epochs stay in order, and no step is told twice")
    func room() throws {
        let folder = try RunFolder()
        let metrics = RunMetrics(try RunDirectory.create(folder.path), limitBytes: 400)
        for number in 0..<100 {
            try metrics.append(step(number))
            if number % 20 == 19 { try metrics.append(epoch(number / 20)) }
        }
        #expect(try metrics.epochs().compactMap { $0["epoch"]?.integer } == [0, 1, 2, 3, 4])
        let newest = folder.lines("metrics.jsonl")
        let before = folder.lines("metrics.1.jsonl")
        #expect(before.allSatisfy { $0.contains("step") } && !before.isEmpty)
        let steps = try (before + newest).map { try JSONValue.parse(Array($0.utf8), source: "") }
            .compactMap { $0["step"]?.integer }
        #expect(steps.last == 99 && steps == Array(steps[0]...99))
        #expect(newest.joined().utf8.count < 800 && before.joined().utf8.count < 800)
        try metrics.forget(stepsFrom: steps[0] + 1, epochsFrom: 2)
        #expect(folder.lines("metrics.1.jsonl") == [step(steps[0]).serialized()])
        #expect(folder.lines("metrics.jsonl") == [epoch(0).serialized(), epoch(1).serialized()])
    }

    // MARK: Log

    @Test(
        "A log has two files at most for people and two for programs, each within its bound and a line, the newest last"
    )
    func rotation() throws {
        let folder = try RunFolder()
        let log = RunLog(try RunDirectory.create(folder.path), limitBytes: 1000)
        let context = LogContext(program: "snas", host: "host", process: 1)
        for number in 0..<100 { try log.say(LogLine(.note, "line \(number)"), in: context) }
        for name in ["log.txt", "log.1.txt", "events.jsonl", "events.1.jsonl"] {
            #expect((1..<1300).contains(folder.text(name).utf8.count), "\(name)")
        }
        for (newest, before) in [("log.txt", "log.1.txt"), ("events.jsonl", "events.1.jsonl")] {
            let numbers = (folder.lines(before) + folder.lines(newest)).compactMap { line in
                line.split(separator: "line ").last.flatMap { Int($0.prefix { $0.isNumber }) }
            }
            #expect(numbers.last == 99 && numbers == Array(numbers[0]...99), "\(newest)")
        }
        #expect(!folder.exists("log.2.txt"))
    }

    // MARK: Journal

    private func digests(_ word: String) -> StepDigests { StepDigests(alpha: "a\(word)", weights: "w\(word)") }

    @Test("A step that is computed again must give the journal's digests; what a crash cut short is no line")
    func journal() throws {
        let folder = try RunFolder()
        let run = try RunDirectory.create(folder.path)
        var journal = try RunJournal(generation: 1, reading: nil)
        for number in 0..<2 {
            let request = try #require(try journal.record(step: number, digests("\(number)"), isSkipped: number == 1))
            #expect(request.kind == .journal && request.files.map(\.name) == ["journal.jsonl"])
            try folder.write(
                "journal.jsonl", folder.text("journal.jsonl") + String(decoding: request.files[0].bytes, as: UTF8.self))
        }
        #expect(folder.lines("journal.jsonl")[1].contains(#""generation":1,"skipped":true"#))
        try folder.write("journal.jsonl", folder.text("journal.jsonl") + #"{"step":2,"al"#)
        var again = try RunJournal(generation: 2, reading: run)
        #expect(folder.text("journal.jsonl").hasSuffix("\n"))
        #expect(try again.record(step: 0, digests("0"), isSkipped: false) == nil)
        #expect { try again.record(step: 1, digests("x"), isSkipped: true) } throws: {
            $0.userSentence.contains(
                "step 1 computed again gives alpha ax, weights wx, the journal has alpha a1, weights w1")
        }
        #expect(try again.record(step: 2, digests("2"), isSkipped: false) != nil)
    }
}
