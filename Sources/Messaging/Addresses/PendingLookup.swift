import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A name that is being looked up, in a thread that nobody waits for.
final class PendingLookup: Sendable {
    private let answer = Mutex<NameLookup.Answer?>(nil)
    private let body: @Sendable () -> NameLookup.Answer

    init(_ endpoint: Endpoint, _ lookup: @escaping DialledEndpoint.Lookup) {
        body = { lookup(endpoint) }
        let held = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<PendingLookup>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, held.toOpaque())
        guard status == 0 else {
            // Without a thread to spare it is done here: late is better than never.
            held.takeRetainedValue().run()
            return
        }
        pthread_detach(thread)
    }

    private func run() {
        let found = body()
        answer.withLock { $0 = found }
    }

    /// Nil as long as the resolver has not answered.
    func take() -> NameLookup.Answer? { answer.withLock { $0 } }

    func wait(atMost limit: Duration) {
        let end = ContinuousClock.now + limit
        while take() == nil, ContinuousClock.now < end { usleep(500) }
    }
}
