import Formats
import Host
import Testing

/// `snas diff` by what runs' folders say; what it computes again is in `DiffRecomputationTests`.
@Suite
struct DiffTests {
    /// A copy of a run that an earlier version left: it may be written to.
    private func copy(_ name: String, as other: String, _ programs: Programs) throws -> String {
        let here = FileSystem.parent(of: FileSystem.parent(of: #filePath))
        let path = "\(programs.folder)/\(other)"
        #expect(Tools.run(words: ["cp", "-r", "\(here)/Fixtures/format-1/\(name)", path]))
        return path
    }

    private func compare(_ programs: Programs, _ words: String...) throws -> Programs.Outcome {
        try programs.run("snas", ["diff"] + words)
    }

    /// The journal's line of a step with other digits of one digest.
    private func change(_ path: String, step: Int, _ key: String) throws {
        let file = "\(path)/journal.jsonl"
        var lines = String(decoding: try FileSystem.readFile(file, limitBytes: 1 << 20), as: UTF8.self)
            .split(separator: "\n").map(String.init)
        let place = try #require(lines[step].ranges(of: "\"\(key)\":\"").first)
        let end = lines[step].index(place.upperBound, offsetBy: 4)
        lines[step].replaceSubrange(place.upperBound..<end, with: "0000")
        try FileSystem.writeFile(file, Array(lines.joined(separator: "\n").utf8) + [10])
    }

    @Test(
        "Equal runs end with 0, also where one is shorter and not over; a step with other digests is named and ends with 1"
    )
    func steps() throws {
        let programs = try Programs()
        let first = try copy("search", as: "first", programs)
        let second = try copy("search", as: "second", programs)
        // By it a run is over; what is in it is no matter here.
        for run in [first, second] { try FileSystem.writeFile("\(run)/weights.safetensors", []) }
        let equal = try compare(programs, first, second)
        #expect(equal.status == .exited(0) && equal.notes.isEmpty, "\(equal.notes)")
        for part in [
            "settings: all the same", "the journals agree for all 3 steps that both have",
            "fingerprint  the same: a3ce3808",
            "cell         the same", "format of the folders          the same: 1", "nothing differs that bits rest on",
        ] {
            #expect(equal.output.contains(part), "\(part): \(equal.output)")
        }
        let journal = programs.text("second/journal.jsonl").split(separator: "\n")
        try FileSystem.writeFile("\(second)/journal.jsonl", Array((journal[0] + "\n" + journal[1]).utf8))
        try FileSystem.removeTree("\(second)/weights.safetensors")
        let shorter = try compare(programs, first, second)
        #expect(shorter.status == .exited(0), "\(shorter.output)")
        #expect(shorter.output.contains("agree for all 2 steps that both have; the first has 3, the second 2"))
        #expect(shorter.output.contains("second is not over") && shorter.output.contains("second's that of epoch 0"))
        try change(second, step: 1, "alpha")
        let parted = try compare(programs, first, second, "--json")
        #expect(parted.status == .exited(1) && parted.output.split(separator: "\n").count == 1)
        let told = try JSONValue.parse(Array(parted.output.utf8), source: "diff")
        let parting = told["steps"]?["parting"]
        #expect(parting?["step"]?.integer == 1 && told["steps"]?["agreeing"]?.integer == 1, "\(parted.output)")
        #expect(parting?["alpha"] == .bool(true) && parting?["weights"] == .null, "format 1 has alpha alone")
        #expect(told["metrics"]?.elements?.first?["name"]?.text == "loss" && told["recomputation"] == nil)
        let text = try compare(programs, first, second).output
        #expect(text.contains("step 1 is the first that parts; step 0 agrees"), "\(text)")
        #expect(text.contains("alpha parts; of the weights") && text.contains("loss"), "\(text)")
        #expect(text.contains("one of the two is not right; snas diff --recompute says which"), "\(text)")
    }

    @Test(
        "Settings that differ are told with origins and what they can change; retrainings are compared, damaged lines counted"
    )
    func settings() throws {
        let programs = try Programs()
        let first = try copy("retraining", as: "first", programs)
        let second = try copy("retraining", as: "second", programs)
        for (name, pairs) in [
            ("configuration.txt", [("run.report_freq = 50", "run.report_freq = 7"), ("run.seed = 2", "run.seed = 3")]),
            ("configuration.yaml", [("report_freq: 50", "report_freq: 7"), ("seed: 2", "seed: 3")]),
        ] {
            var text = programs.text("second/\(name)")
            for (old, new) in pairs {
                #expect(text.contains(old), "\(name) has no '\(old)'")
                text = text.replacing(old, with: new)
            }
            try FileSystem.writeFile("\(second)/\(name)", Array(text.utf8))
        }
        let damaged = try compare(programs, first, second)
        #expect(damaged.status == .exited(65) && damaged.output.isEmpty, "\(damaged.output)")
        #expect(damaged.notes.contains("second/configuration.txt' is damaged"), "\(damaged.notes)")
        try FileSystem.removeTree("\(second)/configuration.sha256")
        try change(second, step: 2, "weights")
        let journal = programs.text("second/journal.jsonl")
        try FileSystem.writeFile("\(second)/journal.jsonl", Array(("{\"step\":\n" + journal).utf8))
        let outcome = try compare(programs, first, second)
        #expect(outcome.status == .exited(1), "\(outcome.output)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.contains { $0.contains("run.seed") && $0.hasSuffix("the steps") }, "\(outcome.output)")
        #expect(lines.contains { $0.contains("run.report_freq") && $0.hasSuffix("no bit") }, "\(outcome.output)")
        #expect(outcome.output.contains("settings: 2 differ") && outcome.output.contains("1 damaged line, passed over"))
        #expect(outcome.output.contains("they part in step 2; they differ in run.seed"), "\(outcome.output)")
        #expect(outcome.output.contains("the weights part"), "\(outcome.output)")
    }

    @Test(
        "What cannot be compared is refused in a sentence with its code, and nothing is printed",
        arguments: [
            ("usage", ["search"], 64, "two run directories, not 1"),
            ("twice", ["search", "search"], 64, "are one folder"), ("link", ["search", "link"], 64, "are one folder"),
            ("kinds", ["search", "retraining"], 64, "is a search and"), ("none", ["search", "."], 66, "no run in '.'"),
            ("newer", ["search", "newer"], 76, "has format 9, which a newer snas wrote"),
            ("cell", ["search", "cell"], 65, "does not say how it began"),
            ("journal", ["search", "torn"], 65, "none of its 1 lines tells a step"),
            ("flags", ["search", "torn", "--threads", "1"], 64, "--threads goes with --recompute"),
        ])
    func refused(name: String, words: [String], code: Int32, sentence: String) throws {
        let programs = try Programs()
        for (from, to) in [("search", "search"), ("retraining", "retraining"), ("search", "newer"), ("search", "torn")]
        {
            _ = try copy(from, as: to, programs)
        }
        #expect(Tools.run(words: ["ln", "-s", "\(programs.folder)/search", "\(programs.folder)/link"]))
        try FileSystem.writeFile("\(programs.folder)/newer/format", Array("9\n".utf8))
        try FileSystem.writeFile("\(programs.folder)/torn/journal.jsonl", Array("{\n".utf8))
        try FileSystem.createDirectory("\(programs.folder)/cell")
        try FileSystem.writeFile(
            "\(programs.folder)/cell/identity", Array(programs.text("search/identity").utf8))
        let paths = words.map { $0.hasPrefix("-") || $0 == "1" || $0 == "." ? $0 : "\(programs.folder)/\($0)" }
        let outcome = try programs.run("snas", ["diff"] + paths)
        #expect(outcome.status == .exited(code) && outcome.output.isEmpty, "\(outcome.notes)")
        #expect(outcome.notes.contains(sentence), "\(outcome.notes)")
    }
}
