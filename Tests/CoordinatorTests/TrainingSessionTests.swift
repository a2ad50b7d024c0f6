import Configuration
import Coordinator
import Datasets
import Formats
import Host
import Reporting
import RunStore
import SearchProtocol
import SearchSpace
import Testing
import Training
import Wire

@Suite
struct TrainingSessionTests {
    private func kinds(_ events: [RunEvent]) -> [String] {
        events.map { event in
            switch event {
            case .step(let report, _, _): "step \(report.step)"
            case .warmupOver(let epoch): "warm-up over in \(epoch)"
            case .epoch(let report, _): "epoch \(report.epoch)"
            case .over(let ending): "over: \(ending)"
            }
        }
    }

    @Test("Events come in order: four steps an epoch, the end of the warm-up before the first step that moves alpha")
    func order() throws {
        let rig = try SessionRig()
        rig.finish()
        var expected: [String] = []
        for step in 0..<16 {
            if step == 8 { expected.append("warm-up over in 2") }
            expected.append("step \(step)")
            if step % 4 == 3 { expected.append("epoch \(step / 4)") }
        }
        #expect(kinds(rig.events) == expected)
        let checkpoints = rig.requests.filter { if case .checkpoint = $0.kind { true } else { false } }
        #expect(checkpoints.count == 4, "one an epoch")
        let lines = try rig.requests.filter { $0.kind == .journal }.map {
            try JSONValue.parse($0.files[0].bytes, source: "journal")
        }
        #expect(lines.compactMap { $0["step"]?.integer } == Array(0..<16))
        #expect(Set(lines.compactMap { $0["weights"]?.text }).count == 16, "the weights' digest moves with every step")
        #expect(Set(lines.compactMap { $0["alpha"]?.text }).count == 9, "alpha's rests for the first eight")
    }

    @Test("Every event but the end of the warm-up has its line of metrics, and a search's lines are not a retraining's")
    func metrics() throws {
        let search = try SessionRig([("networks", "derived")])
        search.finish()
        let lines = search.events.compactMap(\.metrics)
        #expect(lines.count == search.events.count - 1)
        #expect(lines.allSatisfy { ($0["kind"]?.text == "step") == ($0["seconds"] != nil) })
        #expect(lines[0]["temperature"]?.number == 1 && lines[0]["drop_path_prob"] == nil)
        let epoch = try #require(lines.last)
        #expect(epoch["derived"]?["accuracy"]?.number != nil && epoch["soft"] == .null)
        #expect(epoch["credits"]?["reduce"]?.elements?.count == 14)
        let retraining = try SessionRig([("genotype", "SNAS_mild")], retraining: true)
        retraining.finish()
        let trained = retraining.events.compactMap(\.metrics)
        #expect(trained.count == retraining.events.count)
        #expect(trained[0]["temperature"] == nil && trained[0]["drop_path_prob"]?.number == 0)
        #expect(trained.last?["held_out"]?["images"]?.integer != nil && trained.last?["credits"] == nil)
    }

    @Test("An epoch's short line has at most 100 characters, and its figures stand below those of the epoch before")
    func epochLines() throws {
        let search = try SessionRig([("target_params", "2.8M")])
        let retraining = try SessionRig([("genotype", "SNAS_mild")], retraining: true)
        for rig in [search, retraining] {
            // Accuracies of 0 and of 100 % in turns.
            var isRunning = true
            while isRunning {
                let hasHits = rig.session.step / 4 % 2 == 1
                let outcome = rig.advance { reports in
                    for place in reports.indices { reports[place].hits = hasHits ? reports[place].imageCount : 0 }
                }
                isRunning = outcome != nil
            }
        }
        for (rig, epochs) in [(search, 4), (search, 150), (search, 1_000_000), (retraining, 4)] {
            let lines = rig.events.compactMap { event in
                if case .epoch(let report, _) = event { EpochLine.text(report, epochs: epochs) } else { nil }
            }
            #expect(lines.count == 4 && lines.allSatisfy { $0.count <= EpochLine.columns }, "\(lines)")
            // Figures have as many places in each line.
            let forms = Set(lines.map { $0.map { $0.isNumber || $0 == " " ? "_" : $0 } })
            #expect(forms.count == 1, "\(lines)")
            #expect(lines[0].hasPrefix("epoch "), "\(lines)")
            #expect(lines.allSatisfy { $0.contains(rig === search ? "derived" : "held out") }, "\(lines)")
        }
    }

    @Test(
        "The end is told in four lines: the cell, its accuracy, the folder, and a command that can be typed; programs read what they did"
    )
    func end() throws {
        let search = try SessionRig()
        search.finish()
        for line in search.events.compactMap(\.metrics) { try RunMetrics(search.session.directory).append(line) }
        let notes = search.session.finish().notes
        let told = notes.flatMap { $0.told(inColour: false) }
        try #require(told.count == 4, "\(told)")
        #expect(told[0].hasPrefix("found:     normal cell of ") && told[0].contains("; reduction cell of "), "\(told)")
        #expect(
            told[1].contains(" % of ")
                && told[1].contains("held-out images with the search's weights; 2.67 M parameters at 36 "), "\(told)")
        #expect(told[2].hasPrefix("where:     \(search.path) ("))
        #expect(told[3] == "next:      snas retrain --genotype \(search.path)")
        #expect(notes.map(\.event) == [.budget, .results] && notes[0].sentence.hasPrefix("derived network at "))
        #expect(notes[1].fields == [.init("folder", .string(search.path))])
        #expect(notes[1].sentence.hasPrefix("results are in \(search.path): "))
        let retraining = try SessionRig([("genotype", "SNAS_mild")], retraining: true)
        retraining.finish()
        let end = retraining.session.finish().notes.flatMap { $0.told(inColour: false) }
        try #require(end.count == 4, "\(end)")
        #expect(end[3] == "next:      snas evaluate --run \(retraining.path)", "\(end)")
    }

    @Test("A step that is skipped too often in a row is told, and then the run ends with its reason")
    func skipLimit() throws {
        let rig = try SessionRig([("skip_limit", "3")])
        for number in 1...3 {
            let outcome = try #require(rig.advance { $0[1].loss = .nan })
            #expect(outcome.events.count == 1 && (outcome.fault != nil) == (number == 3))
            #expect(outcome.fault?.exitCode ?? .data == .data)
            #expect(number < 3 || outcome.fault?.sentence.contains("3 steps in a row") == true)
        }
    }

    @Test("A run that goes on computes again what its checkpoint lacks, to the journal's digests; other bits end it")
    func journal() throws {
        let rig = try SessionRig([("networks", "derived")])
        while rig.session.step < 6 { _ = rig.advance() }
        try rig.write(rig.requests)
        let before = rig.session.run.state
        rig.session = try rig.resumed()
        #expect(rig.session.step == 4 && rig.session.run.state != before, "the newest checkpoint ends the first epoch")
        rig.requests = []
        _ = rig.advance()
        _ = rig.advance()
        #expect(rig.session.run.state == before && rig.requests.isEmpty, "both steps stand in the journal already")
        rig.session = try rig.resumed()
        let outcome = try #require(rig.advance { $0[0].alphaGradient[3] += 1 })
        #expect(outcome.fault == nil, "alpha rests: its gradient moves nothing yet")
        var lied = try rig.resumed()
        let planned = lied.nextRound()
        let job = try #require(planned).job
        let reports = (0..<5).map {
            ShardReport(
                shard: $0, imageCount: 8, loss: 2, hits: 1, finite: true,
                alphaGradient: [Float](repeating: 0, count: 224),
                credits: [Float](repeating: 0, count: 224))
        }
        let zeros = [Float](repeating: 0, count: try #require(planned).payloadCount)
        let fault = lied.absorb(
            RoundResult(round: 0, job: job, total: zeros, reports: reports), workers: 1, seconds: 1
        ).fault
        #expect(fault?.exitCode == .internalFault && fault?.sentence.contains("step 4 computed again gives") == true)
    }
}
