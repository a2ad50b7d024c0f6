import Host
import Keys
import Launching
import Messaging
import Reporting
import Wire

/// The one worker of a trial, on another host: started as those of a search are, with keys of its own, and not again.
final class TrialWorker: StartedWorkers {
    private let script: RemoteScript
    private let plan: LaunchPlan
    private let key: CurvePublicKey
    private let times: TrialTimes
    private var hasJoined = false
    private var progress: (rounds: Int, at: Duration)
    private let joinDeadline: Duration
    /// Why the trial came to nothing; nil while it may come to something.
    private(set) var failure: String?

    /// A worker dials the next of several addresses after 5 s; it is given a little less for the last.
    private static let secondsAnAddress = 5
    /// ssh, and a program from a slow disk.
    private static let startLimit: Duration = .seconds(60)
    /// A link over which a step's bytes take longer is of no use.
    private static let roundLimit: Duration = .seconds(60)
    private static let patience: Duration = .seconds(3)

    /// - Parameter plan: its `workerWords` are what the worker is told besides the addresses.
    /// - Throws: `UserError`, `SystemError` where ssh cannot be run.
    init(_ host: WorkerHost, _ plan: LaunchPlan, times: TrialTimes) throws {
        let addresses = plan.addresses.count + (plan.callerPort == nil ? 0 : 1)
        let dialSeconds = Self.secondsAnAddress * max(1, addresses) - 1
        let keys = try plan.keys.add(host.label)
        self.plan = plan
        self.times = times
        key = keys.key
        let now = Clock.monotonic()
        progress = (0, now)
        joinDeadline = now + Self.startLimit + .seconds(dialSeconds)
        let words = RemoteStart.arguments(
            program: plan.program, wireVersion: plan.wireVersion, host: host, callerPort: plan.callerPort,
            addresses: plan.addresses,
            workerWords: plan.workerWords + ["--bench", "wire", "--connect_timeout_s", "\(dialSeconds)"])
        do { script = try RemoteScript(plan.ssh, to: host, script: RemoteStart.script, words) } catch {
            plan.keys.remove(keys.key)
            throw error
        }
        script.tell("\(keys.text)\(KeySource.endOfKeys)")
    }

    deinit { stop() }

    var descriptors: [Int32] { script.descriptors }

    func look(members: Set<WorkerIdentity>, at now: Duration) -> WorkersLook {
        _ = script.take()
        if !members.isEmpty, !hasJoined {
            hasJoined = true
            progress.at = now
        }
        if times.seconds.count > progress.rounds { progress = (times.seconds.count, now) }
        if script.status != nil {
            failure = script.lastWords?.sentence ?? "its worker ended without a word"
        } else if hasJoined, now - progress.at > Self.roundLimit {
            failure =
                "the link is too slow: a step's bytes did not get through within \(Int(Self.roundLimit.seconds)) s"
        } else if !hasJoined, now > joinDeadline {
            failure = "its worker did not come within \(Int(Self.startLimit.seconds)) s"
        }
        return WorkersLook(ending: failure.map { WorkersEnding(sentence: $0, isPermanent: true) })
    }

    /// A worker that has heard of the end goes by itself; another one is told to.
    func stop() {
        plan.keys.remove(key)
        if isEnded(within: Self.patience) { return }
        script.tell(ControlPipe.leave)
        if isEnded(within: Self.patience) { return }
        script.kill()
        _ = isEnded(within: .seconds(1))
    }

    private func isEnded(within limit: Duration) -> Bool {
        let end = Clock.monotonic() + limit
        while script.status == nil, Clock.monotonic() < end {
            _ = DescriptorPoll.wait(script.descriptors, timeout: .milliseconds(20))
            _ = script.take()
        }
        return script.status != nil
    }
}
