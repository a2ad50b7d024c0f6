import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Which signals mean what.
@Suite
struct StopSignalTests {
    @Test("What a terminal, a batch system or an alarm sends stops a run; only what a person repeats is urgent")
    func meanings() {
        let stops = StopSignals.all
        for signal in [SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGXCPU, SIGALRM, SIGPWR] {
            #expect(stops.contains(signal), "\(signal)")
        }
        #expect(!stops.contains(SIGABRT) && !stops.contains(StopSignals.checkpoint))
        #expect(stops.filter(StopSignals.isUrgent).contains(SIGQUIT) && !StopSignals.isUrgent(SIGALRM))
    }
}
