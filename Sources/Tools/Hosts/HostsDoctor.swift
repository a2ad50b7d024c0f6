package import Host
package import Launching
package import Messaging
import Reporting

/// What `snas doctor --hosts` looks at: each host that a search is to be launched on, before anything is started there for good.
///
/// All hosts at once say what they are and time a few steps of the search. Then the way to each is timed, one after the other, for they
/// share this machine's link. Nothing is left behind: what runs there ends with the connection.
package struct HostsDoctor {
    private let search: AskedSearch
    private let plan: LaunchPlan
    private let signals: SignalPipe

    /// - Parameter plan: what a launch would have; its workers would be started so.
    package init(_ search: AskedSearch, _ plan: LaunchPlan, signals: SignalPipe) {
        self.search = search
        self.plan = plan
        self.signals = signals
    }

    /// A finding for each host, in their order, and one for all together.
    ///
    /// - Parameter router: listens where the plan's addresses lead.
    /// - Throws: `UserError`: temporary where a signal asks to stop; what is wrong on this machine.
    package func findings(_ hosts: [WorkerHost], _ router: RouterSocket) throws -> [Doctor.Finding] {
        let examination = HostExamination.Plan(
            ssh: plan.ssh, program: plan.program, wireVersion: plan.wireVersion, settings: try search.settings(),
            workWords: search.imageWords + ["--quiet"])
        var measurements = try HostExaminations.run(hosts, examination, signals: signals).map(HostMeasurement.init)
        var router = router
        for place in measurements.indices where measurements[place].facts.program != nil {
            let host = measurements[place].host
            LogStream.snas.say(LogLine(.note, "timing the way to \(host.description)"))
            let trial = WireTrial(search: search, plan: plan, signals: signals)
            measurements[place].exchange = try trial.run(host, &router)
        }
        let needs = SearchNeeds(search, measurements)
        let reports = measurements.map { HostReport($0, needs).finding }
        return reports + [needs.together(measurements, reports)]
    }
}
