import Formats
import Host
import Reporting
import Testing

struct LogLineTests {
    private static let context = LogContext(
        program: "snas", host: "head", process: 41, run: "ab", generation: 3, stepsDone: 7)

    @Test("A line for programs is one object on one line, whatever its sentence holds; what is not known is left out")
    func object() throws {
        let sentence = "a \"name\"\nover two lines\u{1B}[2J"
        let line = LogLine(
            .workerLost, sentence, level: .warning, ["worker": .string("gpu03/41"), "usual_s": .null])
        let text = line.json(time: "2026-01-02T03:04:05.678Z", in: Self.context)
        #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 })
        let value = try JSONValue.parse(Array(text.utf8), source: "line")
        guard case .object(let members) = value else { throw UserError(.internalFault, text) }
        #expect(
            members.map(\.key) == [
                "time", "level", "event", "message", "program", "host", "process", "run", "generation", "steps_done",
                "worker", "usual_s",
            ])
        #expect(value["message"]?.text == sentence && value["event"]?.text == "worker_lost")
        #expect(value["process"]?.integer == 41 && value["steps_done"]?.integer == 7)
        #expect(line.text == "warning: \(sentence)")
        let bare = LogLine(.note, "x").json(time: "t", in: LogContext(program: "snas", host: "head", process: 41))
        #expect(
            bare
                == #"{"time":"t","level":"info","event":"note","message":"x","program":"snas","host":"head","process":41}"#
        )
    }

    @Test("Codes of events are in snake case and no two are the same")
    func codes() {
        let codes = LogEvent.allCases.map(\.rawValue)
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { $0.allSatisfy { $0 == "_" || ("a"..."z").contains($0) } }, "\(codes)")
    }

    @Test(
        "The same news is said at once, then once a minute with its count; other news at once; a thousand kinds fill no log"
    )
    func repeated() {
        var lines = RepeatedLines()
        func said(_ step: Int, _ reason: String, _ second: Int) -> LogLine? {
            lines.pass(LogLine(.savingFailed, "step \(step): \(reason)"), sameAs: reason, at: .seconds(second))
        }
        #expect(said(1, "full", 0)?.sentence == "step 1: full")
        #expect((2..<50).allSatisfy { said($0, "full", $0) == nil })
        #expect(said(50, "torn", 50)?.sentence == "step 50: torn")
        let again = said(60, "full", 60)
        #expect(again?.sentence == "step 60: full (and 48 times since that was said last)")
        #expect(again?.fields.last == .init("unsaid", .integer(48)))
        #expect(said(61, "full", 61) == nil)
        // The two that stand already count too.
        #expect((0..<1000).count { said(0, "reason \($0)", 70) != nil } == RepeatedLines.limit - 2)
        #expect((0..<10).count { said(0, "later \($0)", 131) != nil } == 10)
    }

    @Test("--log_format is taken out of a command's words, wherever it stands and in each spelling")
    func format() throws {
        for words in [
            ["--log_format", "json", "local", "--seed", "3"], ["local", "--log-format=json", "--seed", "3"],
            ["local", "--seed", "3", "--log_format=json"],
        ] {
            let (format, rest) = try LogStream.split(words)
            #expect(format == .json && rest == ["local", "--seed", "3"], "\(words)")
        }
        #expect(try LogStream.split(["status", "runs/a"]).format == nil)
        #expect(try LogStream.split(["--log_format", "text"]) == (.text, []))
        for words in [["--log_format"], ["--log_format", "yaml"], ["--log_format=json", "--log_format", "json"]] {
            #expect(throws: UserError.self, "\(words)") { try LogStream.split(words) }
        }
    }
}
