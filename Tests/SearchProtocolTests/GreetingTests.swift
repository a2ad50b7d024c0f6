import SearchProtocol
import Testing
import Wire

@Suite
struct GreetingTests {
    private static func greetings(_ directives: [WorkerDirective]) -> [Channel] {
        directives.compactMap { directive in
            if case .send(let envelope, let channel) = directive, case .hello = envelope.message {
                channel
            } else {
                nil
            }
        }
    }

    @Test(
        "A greeting that went out before its connection stood is said again as soon as it stands, not at the next turn")
    func repeated() {
        let greeting = Greeting(
            worker: WorkerIdentity(high: 1, low: 1), channel: .control, hostName: "host", processIdentifier: 9,
            threads: 1, processor: "", software: "", device: "")
        var instance = WorkerInstance(settings: ProtocolSettings(), greeting: greeting, at: .zero)
        #expect(Self.greetings(instance.handle(.tick, at: .zero)) == [.control, .bulk])
        #expect(Self.greetings(instance.handle(.tick, at: .milliseconds(2))).isEmpty)
        #expect(Self.greetings(instance.handle(.connectionRestored, at: .milliseconds(3))) == [.control, .bulk])
        #expect(Self.greetings(instance.handle(.tick, at: .milliseconds(4))).isEmpty)
        // Soon once more, for a connection that did not take it yet, and not for long.
        #expect(instance.wakeTime == .milliseconds(13))
        for turn in 1...20 { _ = instance.handle(.tick, at: .milliseconds(3 + 10 * turn)) }
        #expect(instance.wakeTime == .milliseconds(253), "\(instance.wakeTime)")
    }
}
