import Configuration
import Formats
import Host
import Network
import Tensors

/// What a step bench measured, for people and for programs.
struct StepBenchResult {
    struct Times {
        let seconds: Double
        let optimiserSeconds: Double
        /// Each a pass forward and backward over a batch.
        let rounds: Int
    }

    /// Seconds of one shard on one thread.
    struct Stages {
        let assembly: Double
        let forward: Double
        let backward: Double
        /// By kernel, of a pass forward and backward; empty where libtorch's operators compute.
        let kernels: [(name: String, seconds: Double)]
        /// Of the pass that `kernels` was measured in, without the clocks' own time.
        let timedPass: Double
    }

    let bench: StepBench
    let times: [Times]
    let stages: Stages
    let peakBytes: Int
    /// Of the peak of resident memory, from the first counted step to the last.
    let growthBytes: Int
    /// Of one image's forward pass.
    let multiplyAdds: Int
    /// Of one image's pass forward and backward.
    let planeBytes: Int

    private var seconds: [Double] { times.map(\.seconds).sorted() }

    private var median: Double { seconds[seconds.count / 2] }

    private var optimiserMedian: Double { times.map(\.optimiserSeconds).sorted()[times.count / 2] }

    /// Images that a step passes forward and backward.
    private var images: Int { bench.batchSize * (times.first?.rounds ?? 1) }

    private func rate(_ seconds: Double) -> Double { Double(images) / seconds }

    /// The arithmetic of forward and backward (three times forward), were all threads at the measured peak.
    private func floorSeconds(peak: Double) -> Double {
        Double(3 * multiplyAdds * images) * 2 / (peak * 1e9 * Double(bench.threads))
    }

    /// - Throws: `UserError` (inputOutput).
    func print(asJSON: Bool) throws {
        let peak = CellKernels.peakGigaflops()
        let floor = floorSeconds(peak: peak)
        let bandwidth = CellKernels.readGigabytesPerSecond()
        let memoryFloor = Double(planeBytes * images) / (bandwidth * 1e9 * Double(bench.threads))
        if asJSON {
            let value = JSONValue.object([
                "images_per_second": .number(rate(median)),
                "images_per_second_min": .number(rate(seconds.last ?? median)),
                "images_per_second_max": .number(rate(seconds.first ?? median)),
                "peak_rss_mb": .number(Double(peakBytes) / 1_048_576),
                "rss_growth_mb": .number(Double(growthBytes) / 1_048_576), "threads": .integer(bench.threads),
                "batch_size": .integer(bench.batchSize), "shards": .integer(bench.shards),
                "init_channels": .integer(bench.channels), "layers": .integer(bench.layers),
                "search": .string(bench.search.rawValue), "rounds": .integer(times.first?.rounds ?? 1),
                "steps": .integer(times.count), "kernels": .string(kernels),
                "processor": .string(HostInfo.processor()), "libtorch": .string(TorchRuntime.version),
                "optimiser_ms": .number(1000 * optimiserMedian), "shard_assembly_ms": .number(1000 * stages.assembly),
                "shard_forward_ms": .number(1000 * stages.forward),
                "shard_backward_ms": .number(1000 * stages.backward),
                "peak_gflops_per_thread": .number(peak), "floor_share": .number(floor / median),
                "read_gb_per_second": .number(bandwidth), "memory_floor_share": .number(memoryFloor / median),
                "shard_kernels_ms": .object(stages.kernels.map { .init($0.name, .number(1000 * $0.seconds)) }),
            ])
            return try StandardStreams.print(value.serialized())
        }
        func share(_ part: Double) -> String {
            let whole = stages.assembly + stages.forward + stages.backward
            return "\(Int((1000 * part).rounded())) ms, \(Int((100 * part / whole).rounded())) %"
        }
        try StandardStreams.print(
            """
            \(bench.layers) cells x \(bench.channels) channels, batch \(bench.batchSize) in \(bench.shards) shards, \
            \(bench.threads) threads, \(kernels), --search \(bench.search.rawValue) (\(times.first?.rounds ?? 1) rounds a step)
            \(decimal(rate(median))) images/s (median of \(times.count) steps; \(decimal(rate(seconds.last ?? median))) to \
            \(decimal(rate(seconds.first ?? median)))), peak memory \(peakBytes / 1_048_576) MB, \
            grown by \(decimal(Double(growthBytes) / 1_048_576)) MB since the first of them
            one shard on one thread: images \(share(stages.assembly)); forward \(share(stages.forward)); backward \
            \(share(stages.backward))
            both optimisers and clipping: \(decimal(1000 * optimiserMedian)) ms of a step's \(decimal(1000 * median)) ms
            floor: \(multiplyAdds / 1_000_000) M multiply-adds an image, three times, at \(decimal(peak)) GFLOP/s a thread: \
            \(decimal(1000 * floor)) ms, \(Int((100 * floor / median).rounded())) % of the step
            planes: \(planeBytes / 1_000_000) MB an image at \(decimal(bandwidth)) GB/s a thread: \
            \(decimal(1000 * memoryFloor)) ms, \(Int((100 * memoryFloor / median).rounded())) % of the step
            """)
        try printKernels()
    }

    /// Where one shard's pass spends its time; what no kernel holds is libtorch (loss, classifier), packing
    /// and copies.
    private func printKernels() throws {
        guard !stages.kernels.isEmpty else { return }
        let whole = stages.timedPass
        var left = whole
        for (name, seconds) in stages.kernels {
            left -= seconds
            try printStage(name, seconds, of: whole)
        }
        try printStage("all else: libtorch, packing, copies", max(0, left), of: whole)
    }

    private func printStage(_ name: String, _ seconds: Double, of whole: Double) throws {
        try StandardStreams.print("  \(decimal(100 * seconds / whole)) %  \(decimal(1000 * seconds)) ms  \(name)")
    }

    private var kernels: String { bench.path == .kernels ? CellKernels.name : "libtorch's operators" }

    private func decimal(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
