import Testing

import SearchProtocol

@Suite
struct PersistenceTests {
    private func mark(_ name: String, epoch: Bool = false, score: Double? = nil, sound: Bool = true) -> CheckpointMark {
        CheckpointMark(name: name, endsEpoch: epoch, score: score, isSound: sound)
    }

    @Test(
        "The last three of any kind stay, the newest epochs, the best and the best sound one; the rest go, oldest first"
    )
    func retention() {
        let standing = [
            mark("01", epoch: true, score: 0.5), mark("02", epoch: true, score: 0.9, sound: false),
            mark("03", epoch: true, score: 0.7), mark("04"), mark("05", epoch: true, score: 0.7),
            mark("06", epoch: true), mark("07"), mark("08", epoch: true, score: 0.6), mark("09"), mark("10"),
            mark("11"),
        ]
        func excess(newest: Int, epochs: Int) -> [String] {
            CheckpointRetention(newest: newest, epochs: epochs).excess(standing)
        }
        // 02 is the best and 05 the best sound one, later than its equal 03.
        #expect(excess(newest: 3, epochs: 2) == ["01", "03", "04", "07"])
        #expect(excess(newest: 3, epochs: 0) == ["01", "03", "04", "06", "07", "08"])
        #expect(excess(newest: 3, epochs: 100) == ["04", "07"])
        #expect(excess(newest: 100, epochs: 0) == [])
    }

    @Test("A checkpoint stands whole before anything is removed, and one that fails removes nothing")
    func order() {
        let keep = CheckpointRetention(newest: 1, epochs: 0)
        var instance = PersistenceInstance(standing: [mark("step-1")])
        let request = PersistenceRequest(
            checkpoint: mark("step-2"), keep: keep, files: [.init(name: "a", bytes: [1]), .init(name: "b", bytes: [2])])
        func actions(_ instance: inout PersistenceInstance) -> [FileAction] {
            var actions: [FileAction] = []
            var outcomes = instance.enqueue(request)
            while case .act(let action)? = outcomes.first {
                actions.append(action)
                outcomes = instance.done()
            }
            #expect(outcomes == [.finished("step-2")])
            return actions
        }
        var copy = instance
        let all = actions(&copy)
        #expect(
            all == [
                .removeTree("checkpoints/.tmp-step-2"), .createDirectory("checkpoints/.tmp-step-2"),
                .write("checkpoints/.tmp-step-2/a", [1]), .sync("checkpoints/.tmp-step-2/a"),
                .write("checkpoints/.tmp-step-2/b", [2]), .sync("checkpoints/.tmp-step-2/b"),
                .syncDirectory("checkpoints/.tmp-step-2"), .removeTree("checkpoints/step-2"),
                .rename(from: "checkpoints/.tmp-step-2", to: "checkpoints/step-2"), .syncDirectory("checkpoints"),
                .removeTree("checkpoints/step-1"),
            ])
        #expect(copy.standing == [mark("step-2")])
        _ = instance.enqueue(request)
        _ = instance.done()
        #expect(instance.failed(reason: "full") == [.failed("step-2", reason: "full")])
        #expect(instance.standing == [mark("step-1")] && instance.isIdle)
    }

    @Test("Lines that wait for a slow disk are written and synced together, in order, and none is lost")
    func lines() {
        var instance = PersistenceInstance(standing: [])
        func line(_ number: UInt8, file: String = "journal") -> PersistenceRequest {
            PersistenceRequest(kind: .journal, name: "step", files: [.init(name: file, bytes: [number])])
        }
        var outcomes = instance.enqueue(line(1))
        for number in 2...9 as ClosedRange<UInt8> { outcomes += instance.enqueue(line(number)) }
        outcomes += instance.enqueue(
            PersistenceRequest(
                checkpoint: CheckpointMark(name: "c"), keep: CheckpointRetention(newest: 1, epochs: 0), files: []))
        for (number, file) in [(10, "journal"), (11, "other"), (12, "other")] as [(UInt8, String)] {
            outcomes += instance.enqueue(line(number, file: file))
        }
        #expect(instance.requestsNotSafe == 13)
        var actions: [FileAction] = []
        while !outcomes.isEmpty {
            guard case .act(let action) = outcomes.removeFirst() else { continue }
            actions.append(action)
            outcomes += instance.done()
        }
        let written = actions.filter {
            if case .append = $0 { true } else { $0 == .sync("journal") || $0 == .sync("other") }
        }
        #expect(
            written == [
                .append("journal", [1]), .sync("journal"), .append("journal", [2, 3, 4, 5, 6, 7, 8, 9]),
                .sync("journal"),
                .append("journal", [10]), .sync("journal"), .append("other", [11, 12]), .sync("other"),
            ])
        #expect(
            actions.firstIndex(of: .syncDirectory("checkpoints"))
                == actions.firstIndex(of: .append("journal", [10])).map { $0 - 1 })
        #expect(instance.isIdle && instance.requestsNotSafe == 0)
    }

    @Test("While the disk is busy a newer checkpoint overtakes those that wait, but not an epoch's")
    func overtaking() {
        var instance = PersistenceInstance(standing: [])
        let keep = CheckpointRetention(newest: 3, epochs: 10)
        func request(_ name: String, epoch: Bool = false) -> PersistenceRequest {
            PersistenceRequest(checkpoint: mark(name, epoch: epoch), keep: keep, files: [])
        }
        var outcomes = instance.enqueue(request("1"))
        for waiting in [request("2"), request("3", epoch: true), request("4"), request("5"), request("6", epoch: true)]
        {
            outcomes += instance.enqueue(waiting)
        }
        while !instance.isIdle { outcomes += instance.done() }
        let finished = outcomes.compactMap { if case .finished(let name) = $0 { name } else { nil } }
        #expect(finished == ["1", "3", "6"])
        #expect(instance.standing.map(\.name) == ["1", "3", "6"])
    }

    private func line(_ text: String) -> PersistenceRequest {
        PersistenceRequest(
            kind: .journal, name: String(text.prefix(2)),
            files: [PersistedFile(name: "journal", bytes: Array(text.utf8))])
    }

    private func appends(_ text: String) -> [PersistenceInstance.Outcome] {
        [.act(.append("journal", Array(text.utf8)))]
    }

    @Test("Journal lines that could not be written or synced come before the next one, behind whatever was cut short")
    func tornLine() {
        var instance = PersistenceInstance(standing: [])
        #expect(instance.enqueue(line("a\n")) == appends("a\n"))
        #expect(instance.failed(reason: "full") == [.failed("a\n", reason: "full")])
        #expect(instance.enqueue(line("b\n")) == appends("\na\nb\n"))
        #expect(instance.done() == [.act(.sync("journal"))])
        #expect(instance.failed(reason: "torn") == [.failed("b\n", reason: "torn")])
        #expect(instance.enqueue(line("c\n")) == appends("\na\nb\nc\n"))
        #expect(instance.done() == [.act(.sync("journal"))])
        #expect(instance.done() == [.finished("c\n")])
        #expect(instance.enqueue(line("d\n")) == appends("d\n"))
    }

    @Test("While the disk is full for long, the newest whole lines are kept and memory stays bounded")
    func fullForLong() {
        var instance = PersistenceInstance(standing: [])
        let limit = PersistenceInstance.unwrittenLimitBytes
        let text = String(repeating: "x", count: limit / 4 - 1) + "\n"
        for number in 0..<9 {
            _ = instance.enqueue(line("\(number)" + text))
            _ = instance.failed(reason: "full")
        }
        guard case .act(.append(_, let bytes))? = instance.enqueue(line("end\n")).first else {
            Issue.record("nothing is written")
            return
        }
        #expect(bytes.count <= limit + 5, "\(bytes.count) bytes")
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.map { $0.prefix(1) } == ["6", "7", "8", "e"])
        #expect(lines.dropLast().allSatisfy { $0.count == limit / 4 })
    }

    @Test("Through crashes at any action and failures of the disk the best always stands, and so do the newest")
    func crashes() {
        var (crashes, failures) = (0, 0)
        for seed in 0..<300 {
            var run = SimulatedRun(seed: UInt64(seed))
            /// Best scores among those that have stood since the last step.
            var (best, bestSound) = (-1.0, -1.0)
            for _ in 0..<120 {
                run.advance(failing: 0.01, crashing: 0.01)
                let standing = run.folder.standing
                let marks = standing.compactMap { run.marks[$0] }
                let scores = marks.compactMap(\.score)
                let sound = marks.filter(\.isSound).compactMap(\.score)
                #expect((scores.max() ?? -1) >= best, "seed \(seed), step \(run.step): the best went")
                #expect((sound.max() ?? -1) >= bestSound, "seed \(seed), step \(run.step): the best sound one went")
                (best, bestSound) = (scores.max() ?? -1, sound.max() ?? -1)
                for name in run.instance.standing.map(\.name) {
                    #expect(
                        run.folder.folders["checkpoints/\(name)"] == ["state"], "seed \(seed): \(name) is not whole")
                }
            }
            (crashes, failures) = (crashes + run.crashes, failures + run.failures)
            // In quiet weather what is too much goes, whatever happened before.
            for _ in 0..<30 { run.advance(failing: 0, crashing: 0) }
            let standing = run.folder.standing
            let epochs = (0...run.step).filter { $0 > 0 && $0 % 3 == 0 }.suffix(4)
            #expect(standing.count <= 3 + 4 + 2, "seed \(seed): \(standing)")
            #expect(
                run.folder.folders.count - standing.count <= run.crashes, "one unfinished a crash, none of failures")
            for step in Array(epochs) + [run.step, run.step - 1, run.step - 2] {
                #expect(
                    standing.contains { Int($0.dropFirst(5).prefix(4)) == step }, "seed \(seed): \(standing), \(step)")
            }
        }
        #expect(crashes > 1000 && failures > 1000, "the storm blew: \(crashes) crashes, \(failures) failures")
    }
}
