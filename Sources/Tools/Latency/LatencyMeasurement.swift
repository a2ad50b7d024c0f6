package import Configuration
import Coordinator
import Formats
package import Host
import Launching
import Reporting
package import SearchSpace
import Wire

/// What a worker of this machine takes for the operations of a space, or for whole networks (`snas measure latency`).
package struct LatencyMeasurement {
    private let configuration: SearchConfiguration
    private let plan: NetworkPlan
    private let images: Int
    private let threads: Int
    private let kernels: String?
    private let signals: SignalPipe

    /// Most that a measurement takes of what is counted.
    package static let mostRepeats = 10_000
    /// Images of a pass.
    package static let mostImages = 1024
    /// Networks that are checked at once: each keeps its weights in memory.
    package static let mostNetworks = 1000

    /// - Parameters:
    ///   - image, classes: of the network that the configuration's budget speaks of.
    ///   - images: of a pass.
    ///   - threads: that compute at once, a pass each.
    ///   - kernels: as the worker's flag; nil leaves the choice to it.
    ///   - signals: a signal ends a measurement.
    /// - Throws: `UserError` (data) where the images cannot be halved as often as the network does.
    package init(
        _ configuration: SearchConfiguration, image: ImageShape, classes: Int, images: Int, threads: Int,
        kernels: String?, signals: SignalPipe
    ) throws {
        var asked = configuration
        // A table that is measured rests on none.
        asked.budget = SearchConfiguration.Budget()
        asked.budget.targetChannels = configuration.budget.targetChannels
        asked.budget.targetLayers = configuration.budget.targetLayers
        self.configuration = asked
        plan = asked.budget.plan(image: image, classes: classes, space: asked.space.searchSpace)
        if let objection = plan.sidesObjection { throw UserError(.data, objection) }
        self.images = images
        self.threads = threads
        self.kernels = kernels
        self.signals = signals
    }

    /// Of all operations at all places.
    ///
    /// - Returns: nil where a signal came first.
    /// - Throws: `UserError`.
    package func table(repeats: Int) throws -> LatencyFile? {
        guard let answer = try ask([], repeats: repeats) else { return nil }
        let entries = plan.measuredEntries
        guard answer.times.count == entries.count + 1 else {
            throw UserError(.internalFault, "snas-worker told \(answer.times.count) times of \(entries.count + 1)")
        }
        return LatencyFile(
            network: LatencyTable.MeasuredNetwork(plan),
            conditions: LatencyFile.Conditions(
                images: images, threads: threads, repeats: repeats, scale: answer.scale, kernels: answer.kernels,
                device: "cpu",
                host: HostInfo.hostName(), processor: HostInfo.processor(), versions: answer.software,
                date: Clock.timestamp()), fixed: answer.times[0],
            entries: zip(entries, answer.times.dropFirst()).map { (entry: $0, time: $1) })
    }

    /// Of whole networks, twice, each time by as many repeats.
    ///
    /// - Parameter table: of the same network.
    /// - Returns: nil where a signal came first.
    /// - Throws: `UserError`.
    package func check(
        _ table: LatencyTable, on genotypes: [Genotype], repeats: Int
    ) throws -> LatencyCheck? {
        try table.check(fits: plan)
        let cells = genotypes.map(\.compactText)
        guard let first = try ask(cells, repeats: repeats), let second = try ask(cells, repeats: repeats) else {
            return nil
        }
        guard first.times.count == cells.count, second.times.count == cells.count else {
            throw UserError(.internalFault, "snas-worker told \(first.times.count) times of \(cells.count)")
        }
        let size = DerivedSize(plan, measured: table.costs)
        return LatencyCheck(
            networks: zip(genotypes, zip(first.times, second.times)).map { genotype, times in
                LatencyCheck.Network(
                    genotype: genotype, predicted: size.size(of: genotype)[.latency], measured: times.0.median,
                    repeated: times.1.median, spread: times.0.spread)
            })
    }

    // MARK: The worker

    /// - Returns: nil where a signal came first.
    private func ask(_ cells: [String], repeats: Int) throws -> LatencyAnswer? {
        let words =
            ["--bench", "latency", "--threads", String(threads)] + (kernels.map { ["--kernels", $0] } ?? [])
            + LogStream.words
        let process = try LineProcess(
            try WorkerProgram.path(), words, lineLimitBytes: LatencyQuestion.limitBytes,
            environment: WorkerProgram.environment)
        _ = try process.send(
            LatencyQuestion(
                configuration: configuration.canonicalText, image: plan.image, classes: plan.classes, images: images,
                repeats: repeats, cells: cells
            ).line)
        while true {
            let ready = DescriptorPoll.wait([signals.fileDescriptor, process.output])
            if ready.contains(signals.fileDescriptor), signals.nextStop() != nil { return nil }
            guard ready.contains(process.output) else { continue }
            guard let lines = try process.receive() else { throw Self.fault(process.wait()) }
            if let line = lines.first { return try LatencyAnswer(line: line) }
        }
    }

    private static func fault(_ status: ProcessStatus) -> UserError {
        switch status {
        case .exited(let code):
            ProgramFault(endOfChild: "snas-worker ended before it had measured; it says why above", code: code).error
        case .signalled(let signal):
            UserError(.internalFault, "snas-worker was ended by signal \(signal) before it had measured")
        }
    }
}
