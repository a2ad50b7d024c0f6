import Formats
import Host

/// One host that is looked at, from the first word of its ssh to the figures of its work. Nothing here waits.
package final class HostExamination {
    /// What all hosts of one examination have in common.
    package struct Plan: Sendable {
        package let ssh: SSHCommand
        /// Where the worker's program probably is on each host.
        package let program: String
        /// That the coordinator speaks.
        package let wireVersion: Int
        /// Of the search, in one line.
        package let settings: String
        /// What the bench is told of the images.
        package let workWords: [String]

        package init(ssh: SSHCommand, program: String, wireVersion: Int, settings: String, workWords: [String]) {
            self.ssh = ssh
            self.program = program
            self.wireVersion = wireVersion
            self.settings = settings
            self.workWords = workWords
        }
    }

    package let host: WorkerHost
    package private(set) var facts = HostFacts()
    package private(set) var clock: ClockComparison?
    /// Of a line and its answer over ssh, the shortest.
    package private(set) var roundTrip: Duration?
    /// What a step of the search takes there.
    package private(set) var work: WorkFigures?
    /// Why there is no `work`; nil while it may come, and where it has.
    package private(set) var failure: String?

    private let plan: Plan
    private var script: RemoteScript?
    private var deadline: Duration = .zero
    private var exchanges: [ClockComparison.Exchange] = []
    private var trips = 0
    private var phase = Phase.waiting
    private var asked: (monotonic: Duration, wall: Double) = (.zero, 0)

    private enum Phase { case waiting, connecting, asking, working, over }

    /// Questions of either kind.
    private static let questions = 5
    /// ssh's own limit on connecting, and a slow shell.
    private static let connectLimit: Duration = .seconds(60)
    private static let answerLimit: Duration = .seconds(20)
    /// A program from a slow disk, and the few steps, which keep a limit of their own.
    private static let workLimit: Duration = .seconds(240)

    /// Nothing is started yet.
    package init(_ host: WorkerHost, _ plan: Plan) {
        self.host = host
        self.plan = plan
    }

    package var isWaiting: Bool { phase == .waiting }
    package var isOver: Bool { phase == .over }
    package var descriptors: [Int32] { script?.descriptors ?? [] }

    package func start(at now: Duration) {
        do {
            script = try RemoteScript(
                plan.ssh, to: host, script: ExaminationScript.script,
                ExaminationScript.arguments(
                    program: plan.program, wireVersion: plan.wireVersion, host: host, workWords: plan.workWords))
            phase = .connecting
            deadline = now + Self.connectLimit
        } catch { end(error.userSentence) }
    }

    /// Takes what the host says, and asks the next question.
    package func look(at now: Duration) {
        guard let script, phase != .over else { return }
        for line in script.take() { take(line, at: now) }
        if let status = script.status { return ended(status, script.lastWords) }
        guard now > deadline else { return }
        switch phase {
        case .connecting: end("ssh did not come to a shell there in time")
        case .asking: end("it stopped answering")
        default: end("its program did not come to an end in time")
        }
    }

    private func take(_ line: String, at now: Duration) {
        if phase == .working, line.hasPrefix("{"),
            let json = try? JSONValue.parse(Array(line.utf8), source: "the host"),
            let figures = WorkFigures(json)
        {
            work = figures
            return
        }
        guard let (name, value) = HostFacts.parts(of: line) else { return }
        switch (name, phase) {
        case ("ready", .connecting):
            phase = .asking
            ask("trip", at: now)
        case ("trip", .asking):
            trips += 1
            let trip = Clock.monotonic() - asked.monotonic
            roundTrip = min(roundTrip ?? trip, trip)
            ask(trips < Self.questions ? "trip" : "clock", at: now)
        case ("clock", .asking):
            guard let there = ClockComparison.time(value) else { return work(at: now) }
            exchanges.append(
                .init(asked: asked.wall, there: there.seconds, answered: Clock.unixSeconds(), grain: there.grain))
            clock = ClockComparison(exchanges)
            if exchanges.count < Self.questions { ask("clock", at: now) } else { work(at: now) }
        default: facts.take(name, value)
        }
    }

    private func ask(_ question: String, at now: Duration) {
        deadline = now + Self.answerLimit
        asked = (Clock.monotonic(), Clock.unixSeconds())
        script?.tell(question)
    }

    private func work(at now: Duration) {
        phase = .working
        deadline = now + Self.workLimit
        script?.tell("work \(plan.settings)")
    }

    private func ended(_ status: ProcessStatus, _ lastWords: LastWords?) {
        guard work == nil else { return end(nil) }
        switch status {
        case .exited(0): end("the worker's program there says nothing of its work")
        case .exited(255) where phase == .working && (lastWords?.isWorkers ?? true),
            .exited(137) where phase == .working, .signalled where phase == .working:
            end(
                "its program was killed while it computed, as it is where memory does not suffice, or the connection was cut"
            )
        case .exited(255), .signalled: end(lastWords?.sentence ?? "ssh could not do it")
        case .exited(let code): end(lastWords?.sentence ?? "it ended with exit code \(code)")
        }
    }

    private func end(_ reason: String?) {
        failure = reason
        phase = .over
        script?.kill()
        script = nil
    }
}
