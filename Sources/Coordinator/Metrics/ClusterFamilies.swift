import Exchange
import Host
package import Messaging
package import SearchProtocol

/// Workers, port and disk, for Prometheus.
package struct ClusterFamilies {
    let families: [MetricFamily]

    /// What the shell knows besides the instance.
    package struct Shell {
        let traffic: SocketTraffic
        let connections: Int
        let cuts: [PortGuard.CutReason: Int]
        let reopenings: Int
        let refusals: Int
        let memoryLimitBytes: Int
        let checkpoints: Int
        /// Since 1970; nil before the first that this coordinator made safe.
        let checkpointUnixSeconds: Double?

        package init(
            traffic: SocketTraffic, connections: Int, cuts: [PortGuard.CutReason: Int], reopenings: Int, refusals: Int,
            memoryLimitBytes: Int, checkpoints: Int, checkpointUnixSeconds: Double?
        ) {
            self.traffic = traffic
            self.connections = connections
            self.cuts = cuts
            self.reopenings = reopenings
            self.refusals = refusals
            self.memoryLimitBytes = memoryLimitBytes
            self.checkpoints = checkpoints
            self.checkpointUnixSeconds = checkpointUnixSeconds
        }
    }

    /// - Parameters:
    ///   - generation: which of the run's coordinators this is.
    ///   - now: on the instance's clock.
    package init(_ instance: CoordinatorInstance, generation: UInt64, _ shell: Shell, at now: Duration) {
        families =
            Self.standing(instance, generation, instance.crowd(at: now)) + Self.changes(instance.counts)
            + Self.port(instance, shell) + Self.disk(instance, shell)
    }

    private static func standing(
        _ instance: CoordinatorInstance, _ generation: UInt64, _ crowd: CrowdStanding
    ) -> [MetricFamily] {
        let states = WorkerStanding.State.allCases.map {
            (name: $0.rawValue, value: Double(crowd.byState[$0, default: 0]))
        }
        let shards = instance.openShardCount ?? 0
        return [
            .gauge("snas_generation", "Which of the run's coordinators this is, from 1.", Double(generation)),
            .gauge("snas_workers", "Workers by what they are at.", by: "state", states),
            .gauge("snas_workers_ready", "Workers that can be given shards.", Double(instance.readyWorkers)),
            .gauge("snas_workers_needed", "Workers below which a round waits.", Double(instance.neededWorkers)),
            .gauge(
                "snas_workers_awaited", "Whether a round is open and too few workers are ready.",
                instance.isWaitingForWorkers),
            .gauge("snas_worker_threads", "Threads of all workers.", Double(crowd.threads)),
            .gauge(
                "snas_idle_threads", "Threads of ready workers beyond the parts of the round's shards.",
                Double(instance.idleThreads)
            ),
            .gauge(
                "snas_worker_silence_max_seconds", "How long nothing was heard of the most silent worker.",
                crowd.longestSilence.map(\.seconds)),
            .gauge(
                "snas_open_shards", "Shards of the open round that are not answered.",
                Double(shards - instance.filledShardCount)),
            .gauge(
                "snas_held_back", "Whether the coordinator waits to see who has the run, and says and writes nothing.",
                instance.isHolding),
        ]
    }

    private static func changes(_ counts: ClusterCounts) -> [MetricFamily] {
        [
            .counter(
                "snas_workers_joined_total", "Workers that greeted; one that comes back counts again.",
                Double(counts.joined)),
            .counter("snas_workers_left_total", "Workers that said goodbye.", Double(counts.left)),
            .counter("snas_workers_lost_total", "Workers that went without a word.", Double(counts.lost)),
            .counter("snas_workers_refused_total", "Workers that were put out.", Double(counts.refused)),
            .counter("snas_workers_late_total", "How often a worker was named as late.", Double(counts.late)),
            .counter("snas_shards_total", "Shards whose results were accepted.", Double(counts.shardsDone)),
            .counter(
                "snas_shards_given_on_total", "Shards of lost workers that went to others.",
                Double(counts.shardsGivenOn)),
            .counter(
                "snas_audits_disputed_total", "Shards of which workers computed other bits than each other.",
                Double(counts.auditsDisputed)),
        ]
    }

    private static func port(_ instance: CoordinatorInstance, _ shell: Shell) -> [MetricFamily] {
        let depths = instance.contributionDepths
        let cuts = PortGuard.CutReason.allCases.map { (name: $0.rawValue, value: Double(shell.cuts[$0, default: 0])) }
        return [
            .counter(
                "snas_transferred_bytes_total", "Bytes of messages between workers and coordinator.", by: "direction",
                [
                    (name: "received", value: Double(shell.traffic.bytesReceived)),
                    (name: "sent", value: Double(shell.traffic.bytesSent)),
                ]),
            .counter(
                "snas_messages_total", "Messages between workers and coordinator.", by: "direction",
                [
                    (name: "received", value: Double(shell.traffic.messagesReceived)),
                    (name: "sent", value: Double(shell.traffic.messagesSent)),
                ]),
            .counter(
                "snas_messages_dropped_total", "Messages that changed nothing, by reason.", by: "reason",
                instance.drops.byReason.map { (name: $0.key, value: Double($0.value)) }),
            .gauge("snas_connections", "Connections to the workers' port.", Double(shell.connections)),
            .counter(
                "snas_connections_cut_total", "Connections that cost too much and were cut.", by: "reason", cuts),
            .counter(
                "snas_callers_refused_total", "Callers without a key that counts, and broken handshakes.",
                Double(shell.refusals)),
            .counter(
                "snas_port_reopenings_total", "How often the workers' port was opened anew.",
                Double(shell.reopenings)),
            .gauge(
                "snas_incoming_bytes", "Bytes of contributions that may be on their way.",
                Double(instance.bytesInFlight)),
            .gauge(
                "snas_contributions_queued", "Contributions that workers have announced and that are not here.",
                by: "state", [("fetching", Double(depths.fetching)), ("waiting", Double(depths.waiting))]),
            .gauge(
                "snas_memory_limit_bytes", "Memory beyond which the port is opened anew.",
                Double(shell.memoryLimitBytes)),
        ]
    }

    private static func disk(_ instance: CoordinatorInstance, _ shell: Shell) -> [MetricFamily] {
        [
            .gauge(
                "snas_saves_queued", "Checkpoints and steps of the journal that are not safe on disk.",
                Double(instance.requestsNotSafe)),
            .counter(
                "snas_saves_failed_total", "Checkpoints and lines of the journal that could not be written.",
                Double(instance.counts.savingsFailed)),
            .counter("snas_checkpoints_total", "Checkpoints that were made safe.", Double(shell.checkpoints)),
            .gauge(
                "snas_checkpoint_timestamp_seconds", "When the newest of them was, since 1970.",
                shell.checkpointUnixSeconds),
        ]
    }
}
