import Host
import Launching

/// Hosts that are looked at side by side.
enum HostExaminations {
    /// Connections that are made at once: each is a process of this machine, and a few moments of its cryptography.
    private static let atOnce = 32

    static let stopped = UserError(.temporary, "stopped by a signal before all hosts were looked at")

    /// Looks at all of them until each is known, or cannot be.
    ///
    /// - Throws: `UserError` (temporary) where a signal asks to stop.
    static func run(_ hosts: [WorkerHost], _ plan: HostExamination.Plan, signals: SignalPipe) throws
        -> [HostExamination]
    {
        let examinations = hosts.map { HostExamination($0, plan) }
        while true {
            var running = examinations.count { !$0.isWaiting && !$0.isOver }
            for examination in examinations where examination.isWaiting && running < atOnce {
                examination.start(at: Clock.monotonic())
                running += 1
            }
            if examinations.allSatisfy(\.isOver) { return examinations }
            let ready = DescriptorPoll.wait(
                examinations.flatMap(\.descriptors) + [signals.fileDescriptor], timeout: .milliseconds(200))
            if ready.contains(signals.fileDescriptor), signals.nextStop() != nil { throw stopped }
            for examination in examinations { examination.look(at: Clock.monotonic()) }
        }
    }
}
