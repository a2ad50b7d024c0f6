import Coordinator
import Formats
import Host
import Messaging
import Reporting
import RunStore
import SearchProtocol
import Testing
import Wire

/// What Prometheus is told, of a run whose rounds are answered by made-up numbers and of workers that only say that they are there.
@Suite
struct MetricsPageTests {
    private static var shell: ClusterFamilies.Shell {
        var traffic = SocketTraffic()
        traffic.bytesReceived = 300
        traffic.bytesSent = 4000
        return ClusterFamilies.Shell(
            traffic: traffic, connections: 2, cuts: [.endlessMessage: 1], reopenings: 0, refusals: 5,
            memoryLimitBytes: 1 << 30, checkpoints: 2, checkpointUnixSeconds: 1_700_000_000.5)
    }

    /// A coordinator and workers that have greeted; the first are ready.
    private static func instance(workers: Int, ready: Int) -> CoordinatorInstance {
        let digest = Digest128(high: 1, low: 1)
        let run = RunIdentity(high: 1, low: 2)
        var settings = ProtocolSettings()
        settings.minimumWorkers = 3
        var instance = CoordinatorInstance(
            settings: settings, run: run, generation: 7,
            welcome: Welcome(
                configuration: "", dataDigest: [1], data: Blob(ByteView([1]), pieceBytes: 4096).reference,
                layoutDigest: digest, pieceBytes: 4096))
        _ = instance.handle(.leaseKept, at: .zero)
        func hear(_ message: Message, from worker: Int, _ channel: Channel) {
            let peer = Peer([UInt8(worker % 256), UInt8(worker / 256), channel == .bulk ? 1 : 0])
            let envelope = Envelope(run: run, generation: 7, message: message)
            _ = instance.handle(.received(envelope, from: peer), at: .seconds(1))
        }
        for worker in 0..<workers {
            for channel in [Channel.control, .bulk] {
                hear(
                    .hello(
                        Greeting(
                            worker: WorkerIdentity(high: 3, low: UInt64(worker)), channel: channel,
                            hostName: "node\(worker)", processIdentifier: UInt32(worker), threads: 2, processor: "",
                            software: "", device: "cpu")), from: worker, channel)
            }
            guard worker < ready else { continue }
            hear(
                .ready(Readiness(layoutDigest: digest, dataDigest: [1], probe: digest, mathTable: digest)),
                from: worker,
                .control)
        }
        return instance
    }

    private static func page(_ rig: SessionRig, _ instance: CoordinatorInstance, live: LiveProgress? = nil) -> String {
        var figures = RunFigures()
        for event in rig.events { figures.take(event) }
        let facts = RunFacts(rig.session)
        return MetricsPage(
            facts,
            run: RunFamilies(facts, figures, stepsDone: rig.session.step, live: live, evaluation: nil),
            cluster: ClusterFamilies(instance, generation: 7, shell, at: .seconds(4)), use: ProcessUse.now()
        ).text
    }

    /// Values by what stands before them.
    private static func values(_ text: String) -> [String: String] {
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        return Dictionary(
            lines.compactMap { line in
                line.lastIndex(of: " ").map { (String(line[..<$0]), String(line[line.index(after: $0)...])) }
            }
        ) { first, _ in "\(first), twice" }
    }

    @Test("A page tells of the run, its workers, port, disk and process; every series stands once")
    func all() throws {
        let rig = try SessionRig([("target_params", "2.8M")])
        rig.finish()
        let text = Self.page(rig, Self.instance(workers: 4, ready: 2))
        let values = Self.values(text)
        #expect(!values.values.contains { $0.hasSuffix("twice") })
        let expected = [
            "snas_run_steps_done": "16", "snas_run_steps_planned": "16", "snas_steps_total": "16",
            "snas_images_total": "640", "snas_epochs_total": "4", "snas_step_duration_seconds_count": "16",
            "snas_step_duration_seconds_bucket{le=\"0.05\"}": "0",
            "snas_step_duration_seconds_bucket{le=\"0.1\"}": "16",
            "snas_train_loss": "2", "snas_train_accuracy_ratio": "0.125", "snas_generation": "7",
            "snas_workers{state=\"preparing\"}": "2", "snas_workers{state=\"idle\"}": "2",
            "snas_workers{state=\"computing\"}": "0", "snas_workers_ready": "2", "snas_workers_needed": "3",
            "snas_worker_threads": "8", "snas_worker_silence_max_seconds": "3", "snas_workers_joined_total": "4",
            "snas_transferred_bytes_total{direction=\"sent\"}": "4000",
            "snas_messages_dropped_total{reason=\"unknown_peer\"}": "0",
            "snas_connections_cut_total{reason=\"endless_message\"}": "1",
            "snas_connections_cut_total{reason=\"too_many_strangers\"}": "0", "snas_callers_refused_total": "5",
            "snas_checkpoint_timestamp_seconds": "1700000000.5", "snas_saves_queued": "0", "snas_cell_sound": "1",
        ]
        for (series, value) in expected {
            #expect(values[series] == value, "\(series) is \(values[series] ?? "not there")")
        }
        for series in [
            "snas_held_out_accuracy_ratio{network=\"derived\"}", "snas_alpha_entropy_nats{cell=\"reduce\"}",
            "snas_derived_parameters", "process_resident_memory_bytes", "process_open_fds",
            "process_start_time_seconds", "snas_temperature", "snas_learning_rate",
        ] { #expect(values[series].flatMap(Double.init).map { $0 > 0 } == true, "\(series)") }
        #expect(
            text.contains(
                "snas_run_info{run=\"\(rig.session.directory.identity)\",folder=\"\(rig.path)\",kind=\"search\""))
    }

    @Test("Before the first step what is not known is left out, and what is counted is 0")
    func empty() throws {
        let rig = try SessionRig()
        let values = Self.values(Self.page(rig, Self.instance(workers: 0, ready: 0)))
        #expect(values["snas_steps_total"] == "0" && values["snas_run_steps_done"] == "0")
        for series in [
            "snas_train_loss", "snas_temperature", "snas_run_remaining_seconds", "snas_worker_silence_max_seconds",
            "snas_held_out_accuracy_ratio{network=\"derived\"}", "snas_cell_sound",
        ] { #expect(values[series] == nil, "\(series)") }
    }

    @Test("A thousand workers make no more series than two, and a skipped step leaves the loss before it")
    func crowd() throws {
        let rig = try SessionRig()
        _ = rig.advance()
        _ = rig.advance { $0[1].loss = .nan }
        let few = Self.values(Self.page(rig, Self.instance(workers: 2, ready: 2)))
        let many = Self.values(Self.page(rig, Self.instance(workers: 1000, ready: 1000)))
        #expect(Set(few.keys) == Set(many.keys) && few.count < 120, "\(few.count)")
        #expect(many["snas_workers_ready"] == "1000" && many["snas_worker_threads"] == "2000")
        #expect(
            few["snas_train_loss"] == "2" && few["snas_steps_skipped_total"] == "1" && few["snas_steps_total"] == "1")
    }
}
