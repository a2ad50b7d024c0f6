import Configuration
import Formats
import Host
import Network
import SearchSpace
import Tensors

/// What a step bench measured, for people and for programs.
struct StepBenchResult {
    struct Times {
        let seconds: Double
        let optimiserSeconds: Double
        /// That passed forward and backward, in all rounds.
        let images: Int
        let rounds: Int
        /// Of all threads together, around the step.
        let peakGigaflops: Double
    }

    let bench: StepBench
    let times: [Times]
    let shard: ShardTimes
    let peakBytes: Int
    /// Of the peak of resident memory, from the first counted step to the last.
    let growthBytes: Int
    let work: PassWork
    let shared: SharedShardTimes

    private var configuration: SearchConfiguration { bench.configuration }
    private var seconds: [Double] { times.map(\.seconds).sorted() }
    private var median: Double { seconds[seconds.count / 2] }
    private var optimiserMedian: Double { times.map(\.optimiserSeconds).sorted()[times.count / 2] }
    private var images: Int { times.first?.images ?? 0 }
    private var rounds: Int { times.first?.rounds ?? 1 }

    private func rate(_ seconds: Double) -> Double { Double(images) / seconds }

    /// The arithmetic of forward and backward (three times forward) at the peak around each step, as a share of that step.
    private var floorShares: [Double] {
        times.map { step in
            3 * work.multiplyAdds * Double(step.images) * 2 / (step.peakGigaflops * 1e9) / step.seconds
        }.sorted()
    }

    private var floorShare: Double { floorShares[floorShares.count / 2] }
    private var peakPerThread: Double {
        times.map(\.peakGigaflops).sorted()[times.count / 2] / Double(bench.threads)
    }

    /// - Throws: `UserError` (inputOutput).
    func print(asJSON: Bool) throws {
        let bandwidth = work.planeBytes == nil ? 0 : CellKernels.readGigabytesPerSecond()
        let memoryFloor = (work.planeBytes ?? 0) * Double(images) / (max(bandwidth, 1e-9) * 1e9 * Double(bench.threads))
        let cores = coreFigures(bandwidth: bandwidth)
        if asJSON {
            return try StandardStreams.print(json(bandwidth: bandwidth, memoryFloor: memoryFloor, cores).serialized())
        }
        for line in summary { try StandardStreams.print(line) }
        if let bytes = work.planeBytes {
            try StandardStreams.print(
                "planes: \(whole(bytes / 1e6)) MB an image at \(decimal(bandwidth)) GB/s a thread: "
                    + "\(decimal(1000 * memoryFloor)) ms, \(percent(memoryFloor / median)) of the step")
        }
        try printKernels()
        for line in cores.lines { try StandardStreams.print(line) }
    }

    /// - Parameter bandwidth: of one thread; 0 where the planes' bytes are not known.
    private func coreFigures(bandwidth: Double) -> CoreFigures {
        let bytes = (work.planeBytes ?? 0) * Double(images)
        let model = CoreModel(
            shard: CoreModel.Shard(fitting: shared.times, parts: shared.parts),
            shards: configuration.training.shards, parts: shared.parts, rounds: rounds, images: images,
            addition: shared.addition, optimisers: optimiserMedian,
            memory: bandwidth == 0 ? 0 : bytes / (bandwidth * 1e9))
        return CoreFigures(shared: shared, model: model, cores: HostInfo.coreCount())
    }

    private func json(bandwidth: Double, memoryFloor: Double, _ cores: CoreFigures) -> JSONValue {
        var value: [JSONValue.Member] = [
            .init("images_per_second", .number(rate(median))),
            .init("images_per_second_min", .number(rate(seconds.last ?? median))),
            .init("images_per_second_max", .number(rate(seconds.first ?? median))),
            .init("peak_rss_mb", .number(Double(peakBytes) / 1_048_576)),
            .init("rss_growth_mb", .number(Double(growthBytes) / 1_048_576)), .init("threads", .integer(bench.threads)),
            .init("batch_size", .integer(configuration.training.batchSize)),
            .init("shards", .integer(configuration.training.shards)),
            .init("init_channels", .integer(configuration.space.initChannels)),
            .init("layers", .integer(configuration.space.layers)),
        ]
        if let genotype = configuration.retrain.genotype {
            value.append(.init("genotype", .string(genotype.text)))
        } else {
            value.append(.init("search", .string(configuration.method.search.rawValue)))
            value.append(.init("space", .string(configuration.space.cells.name)))
        }
        value += [
            .init("rounds", .integer(rounds)), .init("steps", .integer(times.count)),
            .init("kernels", .string(kernels)), .init("processor", .string(HostInfo.processor())),
            .init("libtorch", .string(TorchRuntime.version)), .init("optimiser_ms", .number(1000 * optimiserMedian)),
            .init("shard_assembly_ms", .number(1000 * shard.assembly)),
            .init("shard_forward_ms", .number(1000 * shard.forward)),
            .init("shard_backward_ms", .number(1000 * shard.backward)),
            .init("multiply_adds", .number(work.multiplyAdds)),
            .init("peak_gflops_per_thread", .number(peakPerThread)), .init("floor_share", .number(floorShare)),
            .init("floor_share_min", .number(floorShares.first ?? floorShare)),
            .init("floor_share_max", .number(floorShares.last ?? floorShare)),
        ]
        if work.planeBytes != nil {
            value.append(.init("read_gb_per_second", .number(bandwidth)))
            value.append(.init("memory_floor_share", .number(memoryFloor / median)))
        }
        value += cores.json
        let kernelTimes = shard.kernels.map { JSONValue.Member($0.name, .number(1000 * $0.seconds)) }
        return .object(value + [.init("shard_kernels_ms", .object(kernelTimes))])
    }

    private var summary: [String] {
        let training = configuration.training
        func share(_ part: Double) -> String { "\(whole(1000 * part)) ms, \(percent(part / shard.whole))" }
        return [
            "\(subject), batch \(training.batchSize) in \(training.shards) shards of \(training.partsPerShard) parts, "
                + "\(bench.threads) threads, \(kernels)",
            "\(decimal(rate(median))) images/s (median of \(times.count) steps; \(decimal(rate(seconds.last ?? median))) to "
                + "\(decimal(rate(seconds.first ?? median)))), peak memory \(peakBytes / 1_048_576) MB, "
                + "grown by \(decimal(Double(growthBytes) / 1_048_576)) MB since the first of them",
            "one shard on one thread: images \(share(shard.assembly)); forward \(share(shard.forward)); backward "
                + share(shard.backward),
            "optimisers and clipping: \(decimal(1000 * optimiserMedian)) ms of a step's \(decimal(1000 * median)) ms",
            "floor: \(whole(work.multiplyAdds / 1e6)) M multiply-adds an image (convolutions and linear layers of the whole network, "
                + "unpadded), three times, at the \(decimal(peakPerThread)) GFLOP/s that each of \(bench.threads) busy threads reaches: "
                + "\(percent(floorShare)) of the step (\(percent(floorShares.first ?? 0)) to \(percent(floorShares.last ?? 0)))",
        ]
    }

    private var subject: String {
        let size = "\(configuration.space.layers) cells x \(configuration.space.initChannels) channels"
        guard configuration.retrain.genotype == nil else {
            return "retraining of \(size)" + (configuration.retrain.auxiliary ? " with auxiliary head" : "")
        }
        return "\(size), --search \(configuration.method.search.rawValue) (\(rounds) rounds a step), "
            + "space \(configuration.space.cells.name)"
    }

    /// Where one shard's pass spends its time; what no kernel holds is libtorch (loss, classifier), packing and copies.
    private func printKernels() throws {
        guard !shard.kernels.isEmpty else { return }
        var left = shard.timedPass
        for (name, seconds) in shard.kernels {
            left -= seconds
            try printStage(name, seconds)
        }
        try printStage("all else: libtorch, packing, copies", max(0, left))
    }

    private func printStage(_ name: String, _ seconds: Double) throws {
        try StandardStreams.print(
            "  \(decimal(100 * seconds / shard.timedPass)) %  \(decimal(1000 * seconds)) ms  \(name)")
    }

    private var kernels: String { bench.path == .kernels ? CellKernels.name : "libtorch's operators" }

    private func decimal(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
    private func whole(_ value: Double) -> String { "\(Int(value.rounded()))" }
    private func percent(_ share: Double) -> String { "\(whole(100 * share)) %" }
}
