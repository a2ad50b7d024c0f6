import Formats
import SearchProtocol
import Testing
import Wire

/// Whoever may connect is told how the run stands, and costs it next to nothing.
@Suite
struct InquiryTests {
    private static func coordinator() -> CoordinatorInstance {
        CoordinatorInstance(
            settings: ProtocolSettings(), run: RunIdentity(high: 1, low: 2), generation: 1,
            welcome: Welcome(
                configuration: "", dataDigest: [1], data: Blob(ByteView([1]), pieceBytes: 4096).reference,
                layoutDigest: Digest128(high: 1, low: 1), pieceBytes: 4096))
    }

    private static func asks(_ message: Message) -> CoordinatorEvent {
        .received(Envelope(run: .unknown, generation: 0, message: message), from: Peer([7]))
    }

    @Test("A thousand questions within a second are answered twenty times at most, and count nobody in")
    func statuses() {
        var instance = Self.coordinator()
        _ = instance.handle(.leaseKept, at: .zero)
        var answers = 0
        for millisecond in 0..<1000 {
            for directive in instance.handle(Self.asks(.statusWanted), at: .milliseconds(millisecond)) {
                if case .tellStatus(_, let peer) = directive, peer == Peer([7]) { answers += 1 }
            }
        }
        #expect(answers == 20)
        #expect(instance.standing(at: .seconds(1)).isEmpty && instance.drops == Self.coordinator().drops)
    }

    @Test("Echoes are as long as asked, and all of them are the same bytes in memory: none is copied for its asker")
    func echoes() {
        var instance = Self.coordinator()
        _ = instance.handle(.leaseKept, at: .zero)
        var keepers: Set<ObjectIdentifier> = []
        for count in [1, 5, WireLimits.echoBytes, WireLimits.echoBytes] {
            let question = EchoWanted(answerBytes: count, filler: [])
            for directive in instance.handle(Self.asks(.echoWanted(question)), at: .milliseconds(1)) {
                guard case .send(let envelope, _) = directive, case .piece(let piece) = envelope.message else {
                    continue
                }
                #expect(piece.bytes.count == count)
                keepers.insert(ObjectIdentifier(piece.bytes.keeper))
            }
        }
        #expect(keepers.count == 1)
    }
}
