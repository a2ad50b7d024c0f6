import Host
import Keys
import Messaging
import Synchronization
import Testing

struct RefusalWatchTests {
    private let endpoint: Endpoint

    init() throws { endpoint = try Endpoint(parsing: "tcp://127.0.0.1:1") }

    private func take(
        _ watch: inout RefusalWatch, _ failures: [HandshakeFailure], greeted: Bool = false, place: Int = 0
    ) -> RefusalWatch.Finding? {
        watch.take((failures, greeted), at: endpoint, place: place)
    }

    @Test("An answer ends the asking at once: not on the list 77, no list 75, keys on one side 78")
    func answers() {
        for (failure, code) in [
            (HandshakeFailure.denied(status: 400), ExitCode.noPermission), (.denied(status: 500), .temporary),
            (.mechanismMismatch, .configuration),
        ] {
            var watch = RefusalWatch(nil)
            guard case .refused(let refusal) = take(&watch, [failure]) else {
                Issue.record("\(failure) is no answer")
                continue
            }
            #expect(refusal.exitCode == code && refusal.sentence.contains("tcp://127.0.0.1:1"))
            #expect(watch.explanation == refusal && watch.count == 1)
        }
    }

    @Test("Broken connections are told once when eight came in a row, and forgotten with a handshake that succeeds")
    func broken() {
        var watch = RefusalWatch(nil) { _ in true }
        #expect(take(&watch, Array(repeating: .brokenOff, count: 7)) == nil)
        #expect(take(&watch, [.noAnswer, .malformed]) == nil, "a frozen coordinator is none that refuses")
        #expect(watch.explanation == nil)
        guard case .suspected(let refusal) = take(&watch, [.brokenOff]) else {
            Issue.record("eight in a row are told")
            return
        }
        #expect(refusal.exitCode == .configuration && refusal.sentence.contains("--keys"))
        #expect(take(&watch, [.brokenOff, .brokenOff]) == nil, "told once")
        #expect(watch.explanation == refusal)
        #expect(take(&watch, [], greeted: true) == nil)
        #expect(watch.explanation == nil)
        #expect(take(&watch, Array(repeating: .brokenOff, count: 7)) == nil)
    }

    @Test("Where nobody greets it is no key's fault: 69, until somebody greets there and breaks off eight more")
    func nobody() {
        let asked = Asked()
        var watch = RefusalWatch(nil) { _ in asked.count.add(1, ordering: .relaxed).newValue > 2 }
        guard case .suspected(let refusal) = take(&watch, Array(repeating: .brokenOff, count: 8)) else {
            Issue.record("eight in a row are told")
            return
        }
        #expect(refusal.exitCode == .unavailable && refusal.sentence.contains("without a word"))
        #expect(take(&watch, Array(repeating: .brokenOff, count: 8)) == nil, "told once")
        guard case .suspected(let other) = take(&watch, Array(repeating: .brokenOff, count: 8)) else {
            Issue.record("that somebody greets is news")
            return
        }
        #expect(other.exitCode == .configuration && watch.explanation == other)
        #expect(asked.count.load(ordering: .relaxed) == 3, "once every eight")
    }

    private final class Asked: Sendable {
        let count = Atomic<Int>(0)
    }

    @Test("Endpoints are counted by themselves, and the first that refused explains")
    func several() {
        var watch = RefusalWatch(nil)
        #expect(take(&watch, [.mechanismMismatch], place: 1) != nil)
        #expect(watch.count == 1)
        #expect(take(&watch, [.denied(status: 400)], place: 0) != nil)
        #expect(watch.count == 2 && watch.explanation?.exitCode == .noPermission)
        #expect(take(&watch, [], greeted: true, place: 0) == nil)
        #expect(watch.explanation?.exitCode == .configuration)
    }
}
