import Configuration
import Coordinator
import Datasets
import Estimation
import Formats
import Host
import Reporting
import SearchSpace
import Tools

/// `snas measure latency`: what a search with `--latency_table` reads, and how well it foretells what networks take.
enum MeasureLatencyCommand {
    static let latency = Command(
        CommandDescription(
            "measure latency", "measures how long the operations of a space take on this machine",
            forms: [
                "[--out F.json] [--space S] [--target_channels C] [--target_layers L] [--data D] [--images N] [--threads T]",
                "--check N | --genotype G [--table F.json] [--space S] [--json]",
            ],
            details: [
                "Passes forward of derived networks of --target_channels and --target_layers, as a worker computes them in an "
                    + "evaluation, in turns; medians of --repeats of them and how far their quartiles are apart. The table is for "
                    + "--latency_table of a search on this machine, or on those that are like it.",
                "--check draws N cells and measures their networks whole, twice: beside what the table foretells stands what they "
                    + "took. Kendall's tau of the two measurements is what no table can surpass.",
            ],
            groups: [
                FlagGroup(
                    "the measurement",
                    [
                        .value("out", "F.json", "the table's file; without it standard output", .files),
                        .value("images", "N", "of a pass: 1 to \(LatencyMeasurement.mostImages)", standard: "1"),
                        .value("threads", "T", "that compute a pass each at once: 1 to 256", standard: "1"),
                        LocalWorkerFlags.kernelFlag,
                        .value(
                            "repeats", "N", "passes of each network that count: 1 to \(LatencyMeasurement.mostRepeats)",
                            standard: "\(standardRepeats)"),
                    ]), checkFlags,
                FlagGroup(
                    "images",
                    [
                        .value(
                            "data", "D",
                            "a folder of images, or digits, of whose form the network's are; without it CIFAR-10's",
                            .folders)
                    ]), .configuration,
            ] + settings,
            examples: [
                "snas measure latency --out latency.json", "snas measure latency --table latency.json --check 40",
            ]), run)

    private static let standardRepeats = 50

    private static let checkFlags = FlagGroup(
        "whether it is true",
        [
            .value("check", "N", "random cells whose networks are measured: 2 to \(LatencyMeasurement.mostNetworks)"),
            .value("cell_seed", "S", "what they are drawn from", standard: "1"),
            .value(
                "genotype", "G", "a cell whose network is measured: a file, a run's folder, a text or a name", .files),
            .value("table", "F.json", "the table that foretells; without it one is measured first", .files),
            .toggle("json", "one JSON object"),
        ])

    /// What the network is made of.
    private static let settings = FlagGroup.settings(
        Setting.all.filter {
            [
                "space.space", "space.operations", "space.nodes", "budget.target_channels", "budget.target_layers",
            ].contains($0.key)
        }, title: "settings", value: \.standardValue)

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        let cells = try cellCount(flags)
        let isCheck = cells != nil || flags.values["genotype"] != nil
        guard isCheck || checkFlags.firstGiven(in: flags) == nil else {
            throw UserError(
                .usage, "--\(checkFlags.firstGiven(in: flags) ?? "") goes with --check N, or --genotype G")
        }
        let given = try flags.values["table"].map { try LatencyFile.read($0) }
        guard given == nil || flags.values["out"] == nil else {
            throw UserError(.usage, "--table and --out exclude each other: a table that is given is not measured")
        }
        let repeats = try flags.number(
            "repeats", in: 1...LatencyMeasurement.mostRepeats, standard: standardRepeats)
        try flags.values["out"].map(FileSystem.checkFile)
        let configuration = try configuration(flags, given?.table.network)
        let measurement = try measurement(flags, configuration, given?.table)
        // What is refused of the cells is refused before anything is measured.
        let genotypes = try genotypes(flags, cells ?? 0, configuration.space.searchSpace)
        guard let file = try given?.file ?? measurement.table(repeats: repeats) else { return stopped() }
        if given == nil { try show(file, flags, isCheck: isCheck) }
        guard isCheck else { return .done }
        guard let check = try measurement.check(given?.table ?? file.table, on: genotypes, repeats: repeats) else {
            return stopped()
        }
        for line in flags.toggles.contains("json") ? [check.json.serialized()] : check.lines {
            try StandardStreams.print(line)
        }
        return .done
    }

    private static func stopped() -> ExitCode {
        LogStream.snas.say(LogLine(.stopped, "stopped before all was measured"))
        return .temporary
    }

    /// Into the file that is named, with a summary; else to standard output.
    private static func show(_ file: LatencyFile, _ flags: CommandLineFlags, isCheck: Bool) throws {
        guard let path = flags.values["out"] else {
            if !isCheck { try StandardStreams.print(String(file.text.dropLast())) }
            return
        }
        try FileSystem.writeAtomically(path, Array(file.text.utf8))
        guard !flags.toggles.contains("json") else { return }
        for line in file.lines { try StandardStreams.print(line) }
    }

    // MARK: What is asked

    private static func cellCount(_ flags: CommandLineFlags) throws -> Int? {
        guard flags.values["check"] != nil else { return nil }
        return try flags.number("check", in: 2...LatencyMeasurement.mostNetworks, standard: 2)
    }

    /// - Parameter table: of the network that a table is of; what the user says otherwise counts, and is refused.
    private static func configuration(
        _ flags: CommandLineFlags, _ table: LatencyTable.MeasuredNetwork?
    ) throws -> SearchConfiguration {
        var builder = ConfigurationBuilder()
        if let table {
            try builder.apply(name: "budget.target_channels", value: "\(table.channels)", origin: .set)
            try builder.apply(name: "budget.target_layers", value: "\(table.layers)", origin: .set)
        }
        try builder.apply(flags, settings: settings)
        return try builder.finished().configuration
    }

    private static func measurement(
        _ flags: CommandLineFlags, _ configuration: SearchConfiguration, _ table: LatencyTable?
    ) throws -> LatencyMeasurement {
        let images = try flags.number("images", in: 1...LatencyMeasurement.mostImages, standard: table?.images ?? 1)
        let threads = try flags.number("threads", in: 1...256, standard: table?.threads ?? 1)
        let kernels = try LocalWorkerFlags.kernels(flags)
        let data = try flags.values["data"].map { _ in try TrainingData(flags, configuration).images }
        let own = data.map { ImageShape(channels: $0.channels, height: $0.height, width: $0.width) }
        return try LatencyMeasurement(
            configuration,
            image: own ?? table?.network.image ?? ImageShape(channels: 3, height: 32, width: 32),
            classes: data?.classes ?? table?.network.classes ?? 10, images: images, threads: threads, kernels: kernels,
            signals: try SignalPipe(StopSignals.watched))
    }

    private static func genotypes(
        _ flags: CommandLineFlags, _ count: Int, _ space: SearchSpace
    ) throws -> [Genotype] {
        let seed = try flags.number("cell_seed", in: 0...Int.max, standard: 1)
        let named = try flags.values["genotype"].map { argument in
            let genotype = try GenotypeFlags.genotype(argument)
            let isOfSpace = space.kinds.allSatisfy { kind in
                let edges = space.topology(kind).edges
                return genotype.concat(kind) == Array(space.topology(kind).outputNodes)
                    && genotype[kind].allSatisfy { choice in
                        edges.first { $0.from == choice.from && $0.to == choice.to }
                            .map { space.candidates(kind, $0).contains(choice.operation) } ?? false
                    }
            }
            guard genotype.form.skeleton == space.skeleton, isOfSpace else {
                throw UserError(.usage, "--genotype names a cell that is none of space \(space.name)")
            }
            return genotype
        }
        return (named.map { [$0] } ?? [])
            + (0..<count).map { RandomGenotype.draw(in: space, seed: UInt64(seed), attempt: UInt64($0)) }
    }
}
