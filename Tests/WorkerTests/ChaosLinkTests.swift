import Host
import Testing
import Wire

import Worker

/// `--chaos`: what is struck, how often, and that a seed says all of it.
@Suite
struct ChaosLinkTests {
    private static func envelope(_ round: UInt64) -> Envelope {
        Envelope(run: RunIdentity(high: 1, low: 2), generation: 1, round: round, message: .beat)
    }

    private static func rounds(_ deliveries: [ChaosLink.Delivery]) -> [UInt64] {
        deliveries.map { delivery in
            switch delivery {
            case .out(let envelope, _), .incoming(let envelope, _): envelope.round
            }
        }
    }

    /// What becomes of ten thousand messages, one a millisecond: their rounds as they come through.
    private static func story(_ text: String) throws -> (now: [UInt64], late: [UInt64], fatal: Int) {
        var link = ChaosLink(try Chaos(parsing: text))
        var (now, late, fatal): ([UInt64], [UInt64], Int) = ([], [], 0)
        for round in 0..<10_000 {
            let time = Duration.milliseconds(round)
            late += rounds(link.takeDue(at: time))
            now += rounds(link.pass(.out(envelope(UInt64(round)), .control), at: time))
            if link.isFatal() { fatal += 1 }
        }
        late += rounds(link.takeDue(at: .seconds(100)))
        return (now, late, fatal)
    }

    @Test("A tenth lost, a twentieth twice, a fifth late by a draw of its own: the shares asked for, by seed alone")
    func shares() throws {
        let text = "drop=0.1,duplicate=0.05,delay=0.2,delay_ms=50,kill=0.01,seed=7"
        let story = try Self.story(text)
        let again = try Self.story(text)
        #expect(story.now == again.now && story.late == again.late && story.fatal == again.fatal)
        // Five deviations of a binomial of ten thousand.
        let seen = Set(story.now).union(story.late)
        #expect(abs(Double(10_000 - seen.count) - 1000) < 150)
        #expect(abs(Double(story.now.count - Set(story.now).count) - 500) < 110)
        #expect(abs(Double(story.late.count) - 2000) < 200)
        #expect(abs(Double(story.fatal) - 100) < 50)
        #expect(story.late != story.late.sorted(), "late ones overtake each other")
        #expect(try Self.story("drop=0.1,seed=8").now != Self.story("drop=0.1,seed=9").now)
        #expect(try Self.story("").now == (0..<10_000).map(UInt64.init))
    }

    @Test(
        "What it does not take is refused by its word",
        arguments: ["drop=2", "lose=0.1", "drop", "delay_ms=0", "seed=-1", "kill=x"])
    func refusals(word: String) {
        do {
            _ = try Chaos(parsing: "duplicate=0.1,\(word)")
            Issue.record("taken: \(word)")
        } catch {
            let refusal = error as? UserError
            #expect(refusal?.exitCode == .usage && refusal?.sentence.contains("'\(word)'") == true, "\(error)")
        }
    }
}
