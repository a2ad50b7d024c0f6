import Formats
import Host
import Reporting
import RunStore
import Testing
import Wire

/// A run's folder as a page shows it: of any version, running or damaged.
@Suite
struct RunViewTests {
    private static func fixture(_ name: String) -> String {
        "\(FileSystem.parent(of: FileSystem.parent(of: #filePath)))/EndToEndTests/Fixtures/format-1/\(name)"
    }

    /// A folder with the files of an earlier version's search that a page reads.
    private func earlierSearch() throws -> RunFolder {
        let folder = try RunFolder()
        try FileSystem.createDirectory(folder.path)
        for name in try FileSystem.list(Self.fixture("search")) where name.contains(".") || name == "identity" {
            let bytes = try FileSystem.readFile("\(Self.fixture("search"))/\(name)", limitBytes: 1 << 24)
            try FileSystem.writeFile("\(folder.path)/\(name)", bytes)
        }
        return folder
    }

    private func view(_ folder: RunFolder) throws -> PageRun { try RunView(of: folder.path).page }

    @Test("An earlier version's search has its steps, epoch, cells, settings with origins, data, result and commands")
    func earlier() throws {
        let page = try RunView(of: Self.fixture("search")).page
        #expect(page.steps.count == 3 && page.epochs.map(\.epoch) == [0] && !page.isRetraining)
        #expect(page.genotype?.hasPrefix("Genotype(normal=[('max_pool_3x3', 0)") == true)
        #expect(page.pictures.count { $0.genotype == page.genotype } == 1)
        #expect(page.pictures.first?.svg.map(\.name) == ["normal", "reduce"])
        #expect(page.settings.contains { $0.key == "run.seed" && $0.value == "2" && $0.origin != "" })
        #expect(page.settings.count == 73, "a line each in its configuration")
        #expect(page.facts.contains(.init("data", "digits")))
        #expect(page.facts.contains { $0.name == "fingerprint" && $0.value.hasPrefix("a3ce3808") })
        #expect(page.status["state"]?.text == "finished" && page.remarks.isEmpty)
        #expect(page.commands.first?.value == "snas local --config \(page.name)/configuration.yaml")
    }

    @Test("A retraining is known as one, and formats 2, 3 and 4 are read as 1 is; a newer one is refused in a sentence")
    func formats() throws {
        let retraining = try RunView(of: Self.fixture("retraining")).page
        #expect(retraining.isRetraining && retraining.steps.count == 3 && retraining.epochs.count == 1)
        #expect(retraining.commands.first?.value.hasPrefix("snas retrain --config ") == true)
        let folder = try earlierSearch()
        for format in 2...4 {
            try folder.write("format", "\(format)\n")
            #expect(try view(folder).epochs.count == 1, "\(format)")
        }
        try folder.write("format", "9\n")
        #expect {
            try view(folder)
        } throws: { error in
            guard let error = error as? UserError else { return false }
            return error.exitCode == .protocolMismatch && error.sentence.contains("format 9, which a newer snas wrote")
        }
    }

    @Test("Of damaged metrics what is whole is shown, the rest is counted, and a line that is being written waits")
    func damaged() throws {
        let folder = try earlierSearch()
        let whole = folder.text("metrics.jsonl")
        let damaged = "{\"kind\":\n\u{0}\n[1]\n{\"kind\":\"epoch\"}\n" + whole
        try folder.write("metrics.jsonl", damaged + "{\"kind\":\"st")
        let page = try view(folder)
        #expect(page.steps.count == 3 && page.epochs.count == 1)
        #expect(page.remarks == ["metrics.jsonl: 4 damaged lines passed over"])
        #expect(page.metricsBytes == damaged.utf8.count)
        try folder.write("metrics.jsonl", "\n\nnonsense")
        try folder.write("status.json", "{")
        try folder.write("genotype.json", "")
        let rest = try view(folder)
        #expect(rest.steps.count == 0 && rest.epochs.isEmpty && rest.genotype == nil && rest.pictures.isEmpty)
        #expect(rest.remarks.count == 2 && rest.remarks.allSatisfy { $0.contains("is damaged and not shown") })
        #expect(rest.settings.count == 73, "what is whole is shown all the same")
    }

    @Test("A run that went on from an epoch of another one says so, and no settings are said to make it again")
    func branch() throws {
        let folder = try earlierSearch()
        try folder.write("branch.json", #"{"run": "a", "path": "/runs/first", "epochs_done": 7, "step": 70}"#)
        let page = try view(folder)
        #expect(page.facts.contains(.init("went on from", "epoch 7 of /runs/first")))
        #expect(!page.commands.contains { $0.value.contains("--config") } && page.commands.count > 1)
    }

    @Test("A run without anything but its identity is a page too")
    func bare() throws {
        let folder = try RunFolder()
        let directory = try RunDirectory.create(folder.path)
        let page = try RunView(directory).page
        #expect(page.identity == "\(directory.identity)" && page.status == .null && page.commands.isEmpty)
        #expect(ReportPage([page]).html.contains(page.identity))
    }

    private static let greeting =
        "{\"time\":\"2026-01-01T00:00:00.000Z\",\"level\":\"info\",\"event\":\"worker_greeted\",\"message\":\"hello\","
        + "\"software\":\"snas 0.1.0\",\"processor\":\"one processor\"}"

    @Test("Of 450 warnings the newest 200 are shown and the others counted; news and damaged lines are none")
    func warnings() throws {
        let folder = try earlierSearch()
        let lines = (0..<450).map { number in
            """
            {"time":"2026-01-01T00:00:00.000Z","level":"info","event":"epoch","message":"\\"level\\":\\"warning\\""}
            {"time":"2026-01-01T00:00:00.000Z","level":"warning","event":"worker_lost","message":"lost \(number)","program":"snas","host":"a","host":"b"}
            """
        }
        try folder.write(
            "events.jsonl",
            (lines + [
                Self.greeting, Self.greeting, "{\"time\":\"2026-01-01T00:00:00.000Z\",\"level\":\"error\",\"mess",
            ]).joined(separator: "\n"))
        let page = try view(folder)
        #expect(page.warnings.count == 200 && page.earlierWarnings == 250)
        #expect(page.warnings.first?.message == "lost 250" && page.warnings.last?.message == "lost 449")
        #expect(page.remarks == ["events.jsonl: 1 damaged line passed over"])
        #expect(page.facts.filter { $0.name == "workers" } == [.init("workers", "snas 0.1.0, one processor")])
    }

    @Test("A long search has at most about 100 pictures of cells, the newest among them")
    func pictures() throws {
        let folder = try earlierSearch()
        let operations = [
            "max_pool_3x3", "avg_pool_3x3", "skip_connect", "sep_conv_3x3", "sep_conv_5x5", "dil_conv_3x3",
        ]
        func genotype(_ number: Int) -> String {
            func pick(_ place: Int) -> String { operations[number / place % 6] }
            return "Genotype(normal=[('\(pick(1))', 0), ('\(pick(6))', 1)], normal_concat=range(2, 3), "
                + "reduce=[('\(pick(36))', 0), ('max_pool_3x3', 1)], reduce_concat=range(2, 3))"
        }
        let lines = (0..<210).map { number in
            JSONValue.object([
                "kind": .string("epoch"), "epoch": .integer(number), "genotype": .string(genotype(number)),
            ]).serialized() + "\n"
        }
        try folder.write("metrics.jsonl", lines.joined())
        let all = try view(folder).pictures.map(\.genotype)
        #expect(all.count == 71 && Set(all).count == 71, "the result, and 70 epochs")
        #expect(all.contains(genotype(209)))
        let newest = try RunView(of: folder.path, everyPicture: false).page.pictures.map(\.genotype)
        #expect(newest.count == 2 && newest.last == genotype(209))
    }

    @Test("The same folder gives the same page, byte for byte")
    func deterministic() throws {
        let folder = try earlierSearch()
        #expect(ReportPage([try view(folder)]).html == ReportPage([try view(folder)]).html)
    }
}
