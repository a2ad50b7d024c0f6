import Coordinator
import Host
import Keys
import Launching
import Messaging
import Reporting
import SearchSpace

/// What travels between this machine and one host: a real coordinator here, a real worker there that computes nothing, the asked
/// network's weights out and contributions in.
struct WireTrial {
    let search: AskedSearch
    let plan: LaunchPlan
    let signals: SignalPipe

    /// Times it with this host alone.
    ///
    /// - Parameter router: listens where the plan's addresses lead; afterwards it is another one, at the same place.
    /// - Throws: `UserError`: temporary where a signal asks to stop; what is wrong on this machine.
    func run(_ host: WorkerHost, _ router: inout RouterSocket) throws -> HostMeasurement.Exchange {
        let scratch = try ScratchFolder(prefix: "snas-doctor-")
        defer { withExtendedLifetime(scratch) {} }
        let times = TrialTimes()
        let session = try TrialSession(search, times: times, folder: "\(scratch.path)/run")
        let worker: TrialWorker
        do { worker = try TrialWorker(host, plan, times: times) } catch { return .failed(error.userSentence) }
        defer { worker.stop() }
        let process = try CoordinatorProcess(
            session: session, router: router, signals: signals, workers: worker, keys: CoordinatorKeys(plan.keys),
            isQuiet: true)
        let code = try process.run()
        worker.stop()
        router = try process.router.reopened()
        if let failure = worker.failure { return .failed(failure) }
        guard code == .done, let seconds = times.median else { throw HostExaminations.stopped }
        let layout = session.layout
        return .measured(seconds: seconds, bytes: 4 * (2 * layout.weightCount + layout.statisticCount))
    }
}
