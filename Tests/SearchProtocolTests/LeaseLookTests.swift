import Formats
import Testing
import Wire

import SearchProtocol

/// A coordinator whose run's folder answers with errors: what it says and writes meanwhile, and how long that lasts.
struct LeaseLookTests {
    /// The instance, and whether the shell can look at the lease now.
    private struct Rig {
        var instance: CoordinatorInstance
        var isBlind = false
        /// What was done, second by second, the looks themselves left out.
        var done: [(second: Int, directive: CoordinatorDirective)] = []

        init() {
            var settings = ProtocolSettings()
            settings.waitLimit = .seconds(20)
            instance = CoordinatorInstance(
                settings: settings, run: RunIdentity(high: 1, low: 1), generation: 1,
                welcome: Welcome(
                    configuration: "", dataDigest: [1], data: Blob(ByteView([1]), pieceBytes: 4096).reference,
                    layoutDigest: Digest128(high: 1, low: 1), pieceBytes: 4096))
        }

        mutating func handle(_ event: CoordinatorEvent, at second: Int) {
            var directives = instance.handle(event, at: .seconds(second))[...]
            while let directive = directives.popFirst() {
                guard directive == .renewLease else {
                    done.append((second, directive))
                    continue
                }
                let answer: CoordinatorEvent = isBlind ? .leaseUnreadable(reason: "stale") : .leaseKept
                directives += instance.handle(answer, at: .seconds(second))
            }
        }

        /// Somebody asks every second how the run stands; there is always something to answer.
        mutating func pass(_ seconds: ClosedRange<Int>) {
            for second in seconds {
                handle(
                    .received(Envelope(run: .unknown, generation: 0, message: .statusWanted), from: Peer([1])),
                    at: second)
            }
        }

        func answered(_ seconds: ClosedRange<Int>) -> Int {
            done.count { item in
                guard case .tellStatus = item.directive else { return false }
                return seconds.contains(item.second)
            }
        }
    }

    @Test(
        "While it cannot look it does nothing from the sixth second on, says why once, and does what waited when it can look again"
    )
    func waits() {
        var rig = Rig()
        rig.pass(0...4)
        rig.isBlind = true
        rig.pass(5...15)
        #expect(rig.answered(0...4) == 5)
        #expect(rig.answered(11...15) == 0 && rig.instance.isHolding)
        #expect(rig.done.count { $0.directive == .note(.leaseUnreadable(reason: "stale", limit: .seconds(20))) } == 1)
        let before = rig.answered(0...15)
        rig.isBlind = false
        rig.pass(16...17)
        #expect(rig.answered(16...17) == 17 - before + 1, "the answers that waited too")
        #expect(rig.done.contains { $0.directive == .note(.leaseReadable) } && !rig.instance.isHolding)
    }

    @Test("After the limit it ends, and nothing comes from it any more")
    func ends() {
        var rig = Rig()
        rig.pass(0...4)
        rig.isBlind = true
        rig.pass(5...40)
        let end = rig.done.last
        #expect(end?.directive == .endBlind(reason: "stale"))
        #expect((24...27).contains(end?.second ?? 0), "\(end?.second ?? 0)")
        rig.isBlind = false
        rig.pass(41...50)
        #expect(rig.done.last?.second == end?.second)
    }
}
