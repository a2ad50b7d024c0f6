import Formats
import Host
import TestSupport
import Testing
import Wire

#if canImport(Glibc)
    import Glibc
#endif

/// Many at once: workers that greet within a moment, and a coordinator with few descriptors for all who call.
@Suite(.serialized)
struct CrowdTests {
    private static let crowd = 200

    /// Greets as a worker of its own does, and waits to be welcomed.
    private static func greeted(_ place: RawConnection.Place, _ number: Int) throws -> (MessageConnection, Envelope)? {
        let connection = try MessageConnection(place)
        let greeting = Greeting(
            worker: WorkerIdentity(high: 7, low: UInt64(number)), channel: .control, hostName: "crowd",
            processIdentifier: UInt32(number), threads: 1, processor: "processor", software: "software", device: "cpu")
        connection.send([MessageConnection.bytes(Envelope(run: .unknown, generation: 0, message: .hello(greeting)))])
        let answer = connection.answer { if case .welcome = $0.message { true } else { false } }
        return answer.map { (connection, $0) }
    }

    @Test(
        "Two hundred workers that come within a moment are all welcomed while the search steps on; each that says goodbye and hangs up at once has left, none is lost"
    )
    func crowd() throws {
        let search = try PortSearch { _ in "tcp://127.0.0.1:*" }
        let crowd = try (0..<Self.crowd).compactMap { try Self.greeted(search.place, $0) }
        #expect(crowd.count == Self.crowd)
        search.expectSteps(after: "a crowd")
        for (connection, head) in crowd {
            let goodbye = Envelope(
                run: head.run, generation: head.generation, message: .leaving(reason: "the crowd goes home"))
            connection.send([MessageConnection.bytes(goodbye)])
            connection.hangUp()
        }
        #expect(search.programs.wait(for: "the crowd goes home", lines: Self.crowd, in: "run/events.jsonl"))
        search.expectSteps(after: "the crowd has gone")
        let events = try search.programs.events()
        func count(_ event: String) -> Int {
            events.count { $0["event"]?.text == event && $0["worker"]?.text?.hasPrefix("crowd/") == true }
        }
        #expect(count("worker_greeted") == Self.crowd && count("worker_left") == Self.crowd)
        #expect(count("worker_lost") == 0)
        #expect(search.settles(below: search.start.descriptors + 4), "\(search.figures)")
        try search.finish()
    }

    private static let descriptors = 64

    @Test(
        "A coordinator with 64 descriptors and 300 callers goes on stepping to the same bits; with fewer it says what it needs"
    )
    func descriptors() throws {
        func limited(_ count: Int) -> [String] { ["sh", "-c", "ulimit -n \(count) && exec \"$0\" \"$@\""] }
        let search = try PortSearch(["--checkpoint_interval_s", "0.2"], under: limited(Self.descriptors)) { _ in
            "tcp://127.0.0.1:*"
        }
        var callers: [RawConnection] = []
        for _ in 0..<3 {
            // What libzmq has not accepted waits in the kernel; further callers would wait there for it.
            for _ in 0..<100 { callers.append(try RawConnection(search.place)) }
            search.expectSteps(after: "\(callers.count) callers")
        }
        callers = []
        #expect(search.settles(below: search.start.descriptors + 4), "\(search.start), then \(search.figures)")
        search.expectSteps(after: "the callers have gone")
        // The log itself may have found no descriptor at that moment; standard error is always open.
        let notes = search.programs.text("coordinator.err")
        #expect(notes.contains("more than \(Self.descriptors / 4) others say nothing either"), "\(notes)")
        #expect(notes.split(separator: "\n").count { $0.contains("could not be saved") } < 10, "\(notes)")
        try search.finish()

        let programs = try Programs()
        let words = ["coordinator", "--bind", "tcp://127.0.0.1:*", "--run", "\(programs.folder)/run"]
        let refused = try programs.run("snas", words + Programs.small(), under: limited(40), within: 60)
        #expect(refused.status == .exited(ExitCode.operatingSystem.rawValue), "\(refused.notes)")
        #expect(refused.notes.contains("may have 40 files open at once"), "\(refused.notes)")
        #expect(!FileSystem.exists("\(programs.folder)/run"))
    }
}
