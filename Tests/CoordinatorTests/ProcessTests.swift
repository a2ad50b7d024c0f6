import Coordinator
import Host
import Launching
import Messaging
import Reporting
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What guards the coordinator's process: its port, its memory, the workers that it started.
@Suite(.serialized)
struct ProcessTests {
    // MARK: Memory

    @Test(
        "The budget is what the process took, slack, and a payload for each shard and a few copies; it is raised at need"
    )
    func memoryBudget() {
        var budget = MemoryBudget(startBytes: 1000, payloadBytes: 10, shards: 6)
        #expect(budget.limitBytes == 1000 + MemoryBudget.slackBytes + 30 * 10 && MemoryBudget.copies == 24)
        #expect(!budget.isExceeded(by: budget.limitBytes) && budget.isExceeded(by: budget.limitBytes + 1))
        budget.raise(over: 100)
        #expect(budget.limitBytes == 1000 + MemoryBudget.slackBytes + 300)
        budget.raise(over: 5000)
        #expect(budget.limitBytes == 5000 + MemoryBudget.slackBytes)
    }

    @Test("What a cut connection brought has two seconds to be freed, whatever is cut meanwhile; far too much has none")
    func memoryReturns() {
        let start = MemoryBudget(startBytes: 0, payloadBytes: 0, shards: 0)
        let over = start.limitBytes + 1
        let far = start.limitBytes + MemoryBudget.returnedBytes + 1
        /// What a budget says, one after the other; a nil for bytes is a cut.
        func verdicts(_ moments: [(seconds: Double, bytes: Int?)]) -> [Bool] {
            var budget = start
            return moments.compactMap { moment in
                let now = Duration.seconds(moment.seconds)
                if let bytes = moment.bytes { return budget.isExceededForGood(by: bytes, at: now) }
                budget.connectionsWereCut(at: now)
                return nil
            }
        }
        #expect(verdicts([(0, over)]) == [true], "nothing was cut")
        #expect(verdicts([(10, nil), (10, far)]) == [true])
        #expect(verdicts([(10, nil), (10, start.limitBytes)]) == [false])
        #expect(verdicts([(10, nil), (10.5, over), (11.99, over), (12, over)]) == [false, false, true])
        // Freed between cuts: each has its own time. Never freed: the first moment over the limit counts.
        let freed = (0..<10).flatMap {
            [(Double($0), nil), (Double($0), over), (Double($0) + 0.5, 0)] as [(Double, Int?)]
        }
        #expect(verdicts(freed).allSatisfy { !$0 })
        let kept = (0..<4).flatMap { [(Double($0), nil), (Double($0), over)] as [(Double, Int?)] }
        #expect(verdicts(kept) == [false, false, true, true])
    }

    @Test("Over the budget the socket is opened anew at its place, at most every ten seconds, and peers dial again")
    func reopening() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let context = try MessagingContext()
        var router = try RouterSocket(context)
        let endpoint = try Endpoint(parsing: "ipc://\(folder)/port")
        _ = try router.bind(endpoint)
        let far = MemoryBudget(startBytes: -(1 << 44), payloadBytes: 0, shards: 0)
        var portGuard = PortGuard(far)
        let (fresh, news) = try #require(try portGuard.reopened(router, at: .seconds(100)))
        router = fresh
        #expect(news.event == .portReopened && news.text.contains("the socket is closed and opened again"))
        #expect(try portGuard.reopened(router, at: .seconds(105)) == nil)
        // What is left belongs to the run: the budget was raised over it.
        #expect(try portGuard.reopened(router, at: .seconds(111)) == nil)
        let dealer = try DealerSocket(context)
        try dealer.connect(endpoint)
        var came: [UInt8]?
        for _ in 0..<500 where came == nil {
            _ = try dealer.send([1, 2, 3])
            usleep(10_000)
            came = router.receive()?.message.frame.array
        }
        #expect(came == [1, 2, 3])
    }

    @Test("A connection that says three unreadable things is cut, and the line says why")
    func cutting() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let context = try MessagingContext()
        let router = try RouterSocket(context)
        let endpoint = try Endpoint(parsing: try router.bind(try Endpoint(parsing: "tcp://127.0.0.1:*")))
        let dealer = try DealerSocket(context)
        try dealer.connect(endpoint)
        var portGuard = PortGuard(MemoryBudget(startBytes: 1 << 40, payloadBytes: 0, shards: 0))
        var seen = 0
        for _ in 0..<1000 where seen < 3 {
            // The first are lost until the connection stands.
            _ = try dealer.send([9])
            while let (_, message) = router.receive() {
                router.judge(message, isReadable: false)
                seen += 1
            }
            usleep(5000)
        }
        #expect(seen >= 3)
        var lines: [String] = []
        for turn in 0..<200 where lines.isEmpty {
            lines += portGuard.look(router, isDrained: true, at: .seconds(10 * turn)).map(\.text)
            usleep(5000)
        }
        #expect(lines == ["warning: a connection is cut: it sent several messages that cannot be read"])

        // Over the budget right after a cut: the socket stays until what was cut had its time.
        let budget = MemoryBudget(startBytes: 0, payloadBytes: 0, shards: 0)
        portGuard = PortGuard(budget, residentBytes: { budget.limitBytes + 1 })
        lines = []
        var now = Duration.seconds(10_000)
        while lines.isEmpty, now < .seconds(20_000) {
            _ = try dealer.send([9])
            while let (_, message) = router.receive() { router.judge(message, isReadable: false) }
            now += .seconds(10)
            lines = portGuard.look(router, isDrained: true, at: now).map(\.text)
            usleep(5000)
        }
        #expect(!lines.isEmpty)
        #expect(try portGuard.reopened(router, at: now) == nil)
        #expect(try portGuard.reopened(router, at: now + .seconds(1)) == nil)
        #expect(try portGuard.reopened(router, at: now + MemoryBudget.returnTime) != nil)
    }

    // MARK: Workers

    @Test("Workers that found nobody have all ended, with their codes, and would end so again")
    func endedWorkers() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let workers = try LocalWorkers(
            threads: [1, 1], endpoint: "ipc://\(folder)/nobody", extra: ["--connect_timeout_s", "0.2"])
        defer { workers.stop() }
        #expect(workers.allEnded() == nil)
        var ending: WorkersEnding?
        for _ in 0..<3000 where ending == nil {
            ending = workers.allEnded()
            usleep(10_000)
        }
        #expect(ending?.sentence == "all 2 workers have ended (exit code 69, exit code 69)")
        #expect(ending?.isPermanent == true)
    }
}
