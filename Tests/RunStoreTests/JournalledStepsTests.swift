import Host
import RunStore
import Testing
import Training

/// A journal as somebody reads it who does not go on with the run: running, cut short, damaged.
@Suite
struct JournalledStepsTests {
    private static func digest(_ digit: String) -> String { String(repeating: digit, count: 32) }

    private static func line(_ step: Int, alpha: String? = "a", weights: String, skipped: Bool = false) -> String {
        let alpha = alpha.map { "\"alpha\":\"\(digest($0))\"," } ?? ""
        return "{\"step\":\(step),\(alpha)\"weights\":\"\(digest(weights))\",\"generation\":1,\"skipped\":\(skipped)}"
    }

    private func read(_ text: String) throws -> JournalledSteps {
        let folder = try RunFolder()
        _ = try RunDirectory.create(folder.path)
        try folder.write("journal.jsonl", text)
        return try JournalledSteps(of: try RunDirectory.toRead(folder.path))
    }

    @Test("Steps come ascending with their digests, a retraining's without alpha; a run without a step has none")
    func whole() throws {
        let lines = [Self.line(1, weights: "2", skipped: true), Self.line(0, alpha: nil, weights: "1")]
        let journal = try read(lines.map { $0 + "\n" }.joined())
        #expect(journal.steps.map(\.number) == [0, 1] && journal.damagedLines == 0)
        #expect(journal.step(0)?.digests == StepDigests(alpha: nil, weights: Self.digest("1")))
        #expect(journal.step(1)?.isSkipped == true && journal.step(1)?.alpha == Self.digest("a"))
        #expect(journal.step(2) == nil && journal.step(-1) == nil)
        #expect(try read("").steps.isEmpty)
        let early = try read("{\"step\":0,\"alpha\":\"\(Self.digest("a"))\"}\n").steps
        #expect(early.map(\.alpha) == [Self.digest("a")] && early.first?.digests == nil, "format 1 has alpha alone")
    }

    @Test("A last line that is being written is no damage; others that tell no step are counted and passed over")
    func damaged() throws {
        let whole = Self.line(0, weights: "1") + "\n"
        #expect(try read(whole + "{\"step\":1,\"wei").damagedLines == 0)
        let bad = [
            "{\"step\":1,\"wei", "nothing", "{\"step\":-1,\"weights\":\"\(Self.digest("1"))\"}",
            "{\"step\":9007199254740993,\"weights\":\"\(Self.digest("1"))\"}", "{\"step\":1,\"weights\":\"12\"}",
            "{\"step\":1,\"weights\":\"\(Self.digest("g"))\"}",
        ]
        let journal = try read(bad.joined(separator: "\n") + "\n" + whole)
        #expect(journal.damagedLines == bad.count && journal.steps.map(\.number) == [0])
    }

    @Test("A journal that tells no step at all, or one step twice with different digests, is refused with its path")
    func refused() throws {
        for (text, reason) in [
            ("x\ny\n", "none of its 2 lines tells a step"),
            (Self.line(3, weights: "1") + "\n" + Self.line(3, weights: "2") + "\n", "step 3 stands twice"),
        ] {
            #expect {
                try read(text)
            } throws: { error in
                guard let error = error as? UserError else { return false }
                return error.exitCode == .data && error.sentence.contains("journal.jsonl is damaged: ")
                    && error.sentence.contains(reason)
            }
        }
        let twice = Self.line(3, weights: "1") + "\n"
        #expect(try read(twice + twice).steps.count == 1, "the same line twice says the same")
    }
}
