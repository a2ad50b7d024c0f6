import Formats
import SearchProtocol
import Testing
import Wire

/// Who takes part, who is late, who is waited for; most of it in worlds where one thing goes wrong.
@Suite
struct MembershipTests {
    private func world(workers: Int, heals: Bool = true) -> SimulatedWorld {
        var climate = Climate()
        climate.workers = workers
        climate.heals = heals
        climate.slowest = 5
        return SimulatedWorld(seed: 4, climate: climate)
    }

    @Test("A worker that takes a thousand times longer holds nobody up: its nodes also go to an idle one")
    func late() {
        let world = world(workers: 2)
        world.workers[0]?.slowness = 20_000
        world.workers[1]?.slowness = 20
        world.run()
        #expect(world.ending == .finished && world.violation == nil, "\(world.violation ?? "")")
        #expect(world.now < .seconds(15), "its first shards alone would take it 100 s: \(world.now)")
        #expect(world.lateNotes.contains { $0.worker == "sim/0" && $0.phase == .computing && $0.shardsOpen > 0 })
        let late = world.coordinators.values.reduce(0) { $0 + $1.instance.counts.late }
        #expect(late == world.lateNotes.count && late > 0)
    }

    @Test("Machines of uneven speed get shards by what was measured, not by their threads")
    func uneven() {
        let world = world(workers: 2)
        // Worker 1 says that it has more threads.
        world.workers[0]?.slowness = 10
        world.workers[1]?.slowness = 90
        world.run()
        #expect(world.ending == .finished)
        let members = world.coordinators.values.flatMap(\.instance.roster.members.values)
        let done = Dictionary(members.map { ($0.label, $0.shardsDone) }) { $1 }
        #expect(done["sim/0", default: 0] > 2 * done["sim/1", default: 0], "\(done)")
    }

    @Test("A worker that hangs while its beats go on is named after a minute, with what it is at")
    func hang() throws {
        let world = world(workers: 1, heals: false)
        world.workers[0]?.slowness = 1_000_000_000
        while world.now < .seconds(50), world.violation == nil { world.step() }
        #expect(world.lateNotes.isEmpty, "nothing was measured yet")
        world.run(limit: .seconds(95))
        let late = try #require(world.lateNotes.first)
        #expect(late.worker == "sim/0" && late.phase == .computing && late.usual == nil && late.shardsOpen == 5)
        #expect(late.elapsed > .seconds(60) && late.elapsed < .seconds(61))
    }

    @Test("A worker that slept through its limit is told that it is out, joins again, and the run has the same bits")
    func woken() {
        let world = world(workers: 1)
        world.workers[0]?.slowness = 200
        while world.now < .seconds(2) { world.step() }
        world.workers[0]?.isPaused = true
        world.queue.schedule(.wakeWorker(0), at: .seconds(9))
        world.run()
        #expect(world.ending == .finished && world.violation == nil, "\(world.violation ?? "")")
        #expect(world.counts["a worker was lost"] == 1 && world.counts["a worker was ready", default: 0] >= 2)
        let counts = world.coordinators.values.map(\.instance.counts)
        #expect(counts.count == 1 && counts[0].lost == 1 && counts[0].joined >= 2 && counts[0].shardsGivenOn > 0)
        #expect(counts[0].shardsDone >= SimulatedSearch.shards * SimulatedSearch.steps)
    }

    @Test("A round without enough workers says so, and after the limit that it has waited too long, once")
    func waiting() {
        var settings = ProtocolSettings()
        settings.minimumWorkers = 2
        settings.waitLimit = .seconds(100)
        let search = SimulatedSearch(curse: nil)
        var instance = CoordinatorInstance(
            settings: settings, run: RunIdentity(high: 1, low: 1), generation: 1,
            welcome: Welcome(
                configuration: "", dataDigest: [1], data: Blob(ByteView([1]), pieceBytes: 4096).reference,
                layoutDigest: Digest128(high: 1, low: 1), pieceBytes: 4096))
        var notes = 0
        var endings: [Int] = []
        guard let round = search.nextRound else { return #expect(Bool(false)) }
        var directives = instance.handle(.openRound(round), at: .zero)
        for second in 0..<150 {
            while let directive = directives.first {
                directives.removeFirst()
                switch directive {
                case .renewLease: directives += instance.handle(.leaseKept, at: .seconds(second))
                case .note(.waitingForWorkers(have: 0, need: 2, _)): notes += 1
                case .waitedTooLong(have: 0, need: 2): endings.append(second)
                default: break
                }
            }
            directives = instance.handle(.tick, at: .seconds(second + 1))
        }
        #expect(notes == 5, "at 0, 30, 60, 90, 120 s")
        #expect(endings == [100])
    }

    @Test("A young lease keeps others out, an old one or a holder that has ended does not")
    func leases() {
        func objection(_ age: Duration, ended: Bool = false) -> String? {
            LeaseRules.objection(to: LeaseSighting(holder: "host a", age: age, holderHasEnded: ended))
        }
        #expect(objection(.seconds(9.9))?.contains("host a") == true)
        #expect(objection(.seconds(-5)) != nil, "a clock that was set back is no proof of age")
        #expect(objection(.seconds(10)) == nil)
        #expect(objection(.seconds(1), ended: true) == nil)
        #expect(LeaseRules.objection(to: nil) == nil)
    }

    @Test("A journal knows the same step from another, and believes the first line of several")
    func journal() {
        var journal = StepJournal()
        journal.remember(step: 3, digest: "a")
        journal.remember(step: 3, digest: "b")
        #expect(journal.record(step: 3, digest: "a") == .same)
        #expect(journal.record(step: 3, digest: "b") == .differs(before: "a"))
        #expect(journal.record(step: 4, digest: "c") == .new && journal.record(step: 4, digest: "c") == .same)
    }

    @Test(
        "A journal of a hundred thousand lines is compared from the resumed step on, and holds nothing once it is passed"
    )
    func longJournal() {
        var journal = StepJournal()
        for step in 0..<100_000 { journal.remember(step: step, digest: "\(step)") }
        #expect(journal.record(step: 99_990, digest: "99990") == .same && journal.count == 10)
        for step in 99_991..<100_000 { #expect(journal.record(step: step, digest: "\(step)") == .same) }
        for step in 100_000..<101_000 { #expect(journal.record(step: step, digest: "\(step)") == .new) }
        #expect(journal.count == 1)
    }

    @Test("A piece that a slow link keeps is asked for again ever more rarely")
    func slowLink() {
        var limits = PieceLimits()
        limits.overdue = .seconds(1)
        limits.smallestWindow = 1
        var reception = BlobReception(
            Blob(ByteView([UInt8](repeating: 1, count: 4096)), pieceBytes: 4096).reference, pieceBytes: 4096, window: 1,
            limits: limits)
        var asked: [Int] = []
        for second in 0..<60 where !reception.questions(at: .seconds(second)).isEmpty { asked.append(second) }
        #expect(asked == [0, 1, 3, 7, 15, 31, 47], "doubled four times, then evenly")
    }
}
