import Host
import Messaging
import RunStore
import SearchProtocol

extension CoordinatorProcess {
    /// What Prometheus is told now. To be called on the thread that this process runs on.
    package var metricsPage: MetricsPage {
        let now = Clock.monotonic()
        let saved = status.checkpoint.map { Clock.unixSeconds() - (now - $0.at).seconds }
        let shell = ClusterFamilies.Shell(
            traffic: router.traffic, connections: router.connections, cuts: portGuard.cuts,
            reopenings: portGuard.reopenings, refusals: admissionNotes.refusals,
            memoryLimitBytes: portGuard.memoryLimitBytes, checkpoints: status.checkpointCount,
            checkpointUnixSeconds: saved)
        return MetricsPage(
            facts,
            run: RunFamilies(
                facts, reporter.figures, stepsDone: session.step, live: reporter.live, evaluation: reporter.evaluation),
            cluster: ClusterFamilies(instance, generation: session.directory.generation, shell, at: now),
            use: ProcessUse.now())
    }
}
