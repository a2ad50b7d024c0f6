import Host
import SearchProtocol

/// What the program that started a worker lets it know over standard input.
extension WorkerProcess {
    /// Standard input, where it tells how long this worker is wanted.
    var starter: [Int32] { options.starter == .unread || isOrphan ? [] : [0] }

    func heedStarter() {
        guard ending == nil, !isOrphan else { return }
        let now = Clock.monotonic()
        switch options.starter.take() {
        case .none: break
        case .toldToLeave: handle(.drain(reason: "the program that started it lets it go"), now)
        case .gone where options.starter == .control && !instance.hasBeenReady:
            // Whoever started it may never have read who it is, and starts another one in its place.
            handle(.drain(reason: "the connection that it was started over is gone before it was ready"), now)
        case .gone where options.starter == .control:
            isOrphan = true
            instance.limitDialling(to: StarterInput.orphanLimit, at: now)
        case .gone: handle(.drain(reason: "the program that started it is gone"), now)
        }
    }
}
