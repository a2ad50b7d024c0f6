import Host
import Randomness
import Synchronization
import TestSupport

#if canImport(Glibc)
    import Glibc
#endif

/// A TCP relay between workers and a coordinator that delays, cuts, slows, holds, damages, drops and repeats what passes. Which
/// byte of which connection is struck by what is decided by one seed; what time does with that is not.
final class ChaosProxy {
    struct Weather: Sendable {
        /// Bytes between two faults of one direction of a connection, on average.
        var bytesBetween = 200_000
        /// Faults in all; then it is calm, so that a search ends.
        var limit = 40
        var kinds: [Fault] = Fault.allCases
    }

    enum Fault: String, Sendable, CaseIterable {
        /// Holds what comes for up to 0.3 s.
        case delay
        /// Ends both sides at once.
        case cut
        /// Goes on taking bytes from both sides and passes none on; nobody is told.
        case halfOpen
        /// 128 KiB a second for two seconds.
        case slow
        /// One bit is another.
        case corrupt
        /// Some bytes are missing.
        case truncate
        /// Some bytes come twice.
        case duplicate
    }

    let port: UInt16
    private let counts: Shared
    private let stop: WakeEvent
    private let thread: NativeThread

    private final class Shared: Sendable {
        let faults = Mutex<[Fault: Int]>([:])
        let isShut = Mutex(false)
    }

    init(to port: UInt16, seed: UInt64, weather: Weather = Weather()) throws {
        let relay = try ChaosRelay(to: port, seed: seed, weather: weather)
        self.port = relay.port
        let stop = try WakeEvent()
        self.stop = stop
        let counts = Shared()
        self.counts = counts
        thread = try NativeThread(name: "chaos") {
            relay.run(until: stop, isShut: { counts.isShut.withLock { $0 } }) { fault in
                counts.faults.withLock { $0[fault, default: 0] += 1 }
            }
        }
    }

    /// While it is shut every connection is ended, and so is every new one, at once.
    func shut(_ isShut: Bool) { counts.isShut.withLock { $0 = isShut } }

    /// What struck so far.
    var faults: [Fault: Int] { counts.faults.withLock { $0 } }

    deinit {
        stop.signal()
        thread.join()
    }
}
