import Exchange
package import Host

/// All that this coordinator tells Prometheus, as values: made on the thread that owns them, in a fraction of a millisecond. Nothing is
/// told by worker: a run may have a thousand, each with a name of its own every time that it comes.
package struct MetricsPage {
    private let families: [MetricFamily]

    /// - Parameters:
    ///   - run: what the run's events told.
    ///   - cluster: workers, port and disk.
    ///   - use: of this process; nil where the system does not say.
    package init(_ facts: RunFacts, run: RunFamilies, cluster: ClusterFamilies, use: ProcessUse?) {
        families = Self.facts(facts) + run.families + cluster.families + Self.process(use)
    }

    /// In Prometheus' text format; `contentType` is what an answer calls it.
    package var text: String { PrometheusText.text(families) }

    /// The `Content-Type` of `text`.
    package static let contentType = PrometheusText.contentType

    private static func facts(_ facts: RunFacts) -> [MetricFamily] {
        [
            .facts(
                "snas_build_info", "Which program this is; always 1.",
                [.init("version", ProgramVersion.number), .init("build", ProgramVersion.build)]),
            .facts("snas_run_info", "Which run this coordinator has; always 1.", facts.labels),
        ]
    }

    /// By the names that every program uses for them.
    private static func process(_ use: ProcessUse?) -> [MetricFamily] {
        guard let use else { return [] }
        return [
            .counter(
                "process_cpu_seconds_total", "Processor time of user and system that was used.", use.processorSeconds),
            .gauge("process_open_fds", "Open file descriptors.", Double(use.openFiles)),
            .gauge("process_max_fds", "File descriptors that may be open.", Double(use.openFilesLimit)),
            .gauge("process_resident_memory_bytes", "Resident memory.", Double(use.residentBytes)),
            .gauge("process_virtual_memory_bytes", "Virtual memory.", Double(use.virtualBytes)),
            .gauge("process_start_time_seconds", "When the process began, since 1970.", use.startUnixSeconds),
        ]
    }
}
