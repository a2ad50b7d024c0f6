import Configuration
import Coordinator
import Host
import SearchSpace
import Tools

/// `snas local --search random`: no search, but a cell drawn from the seed.
enum RandomCommand {
    static let flags = FlagGroup(
        "a random cell (--search random)",
        [
            .value(
                "random_like", "G", "of the size of this cell: a file, a run's folder, a text Genotype(...) or a name",
                .files),
            .value("random_params", "N", "of so many weights, as 2.8M or 350k"),
            .value(
                "random_plan", "F", "weights are counted in the network that snas retrain --config F trains", .files),
            .value("random_tolerance", "P", "per cent that the size may be off", standard: "\(standardTolerance)"),
        ])

    /// Per cent on both sides of the size that is asked for.
    private static let standardTolerance = 5.0

    /// - Throws: `UserError` (usage) for flags of a random cell beside another search.
    static func isWanted(_ flags: CommandLineFlags) throws -> Bool {
        let settings = OfficialFlags.translated(values: flags.values, toggles: flags.toggles)
        guard settings["search"].flatMap({ Spelling.name($0, among: ["random"]) }) == nil else { return true }
        if let name = Self.flags.firstGiven(in: flags) {
            throw UserError(.usage, "--\(name) goes with --search random")
        }
        return false
    }

    static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        guard !flags.toggles.contains("start_or_resume") else {
            throw UserError(
                .usage,
                "--start_or_resume: a random cell is drawn in a moment, and the same one once more from its seed")
        }
        guard flags.values["seeds"] == nil else {
            throw UserError(.usage, "--seeds repeats a search; a random cell is drawn for each --seed")
        }
        guard !flags.toggles.contains("pick") else {
            throw UserError(
                .usage, "--pick chooses among the cells of searches; a random cell is drawn for each --seed")
        }
        // "random" is no search that a configuration could hold: the cell alone is made.
        let resolved = try ResolvedConfiguration(ofSearch: flags.leavingOut("search", "method"))
        let measuredNetwork = try measuredNetwork(flags, resolved.configuration)
        let baseline = RandomBaseline(
            resolved, measuredNetwork: measuredNetwork,
            askedSize: try askedSize(flags, resolved.configuration, measuredNetwork))
        let (genotype, fingerprint) = try baseline.run {
            RunFolder.path(flags, stem: "runs/random-\(resolved.configuration.run.seed)")
        }
        try ResultLines.print(genotype, fingerprint: fingerprint)
        return .done
    }

    /// The papers' network, with `--random_plan F` the one that `snas retrain --config F` makes for these images, and with
    /// `--target_latency` the one that targets speak of.
    private static func measuredNetwork(
        _ flags: CommandLineFlags, _ configuration: SearchConfiguration
    ) throws -> RandomBaseline.MeasuredNetwork {
        let space = configuration.space
        if configuration.budget.targetLatency != nil, let table = configuration.budget.latencyTable {
            if let name = ["random_like", "random_params", "random_plan"].first(where: { flags.values[$0] != nil }) {
                throw UserError(.usage, "--\(name) and target_latency both ask for a size; give one")
            }
            return try .target(of: configuration, measuredBy: table)
        }
        guard let path = flags.values["random_plan"] else { return .papers(space.searchSpace) }
        var builder = ConfigurationBuilder(from: .retraining, origin: .standard)
        try builder.apply(file: path)
        let plan = try builder.finished().configuration
        let data = try TrainingData(flags, plan)
        guard space.cells.skeleton.takes(layers: plan.space.layers) else {
            throw UserError(
                .configuration,
                "\(path) has \(plan.space.layers) layers, which the cells of space \(space.cells.name) do not fill")
        }
        return .trained(by: plan, on: data.images, space: space)
    }

    private static func askedSize(
        _ flags: CommandLineFlags, _ configuration: SearchConfiguration,
        _ measuredNetwork: RandomBaseline.MeasuredNetwork
    ) throws -> RandomBaseline.AskedSize? {
        let tolerance = flags.values["random_tolerance"].map(Spelling.real) ?? standardTolerance
        guard let tolerance, (0...100).contains(tolerance) else {
            throw UserError(
                .usage, "--random_tolerance is '\(flags.values["random_tolerance"] ?? "")'; it takes 0 to 100 per cent")
        }
        if let latency = configuration.budget.targetLatency {
            return RandomBaseline.AskedSize(latency, of: .latency, tolerance: tolerance / 100)
        }
        if let like = flags.values["random_like"] {
            guard flags.values["random_params"] == nil else {
                throw UserError(.usage, "--random_like and --random_params both ask for a size; give one")
            }
            let genotype = try GenotypeFlags.genotype(like)
            guard genotype.form.skeleton == measuredNetwork.plan.space.skeleton else {
                throw UserError(.usage, "--random_like names a cell that is stacked in another way than this space's")
            }
            let weights = measuredNetwork.weights(genotype)
            return RandomBaseline.AskedSize(weights, tolerance: tolerance / 100)
        }
        guard let text = flags.values["random_params"] else { return nil }
        guard let weights = Spelling.amount(text), weights < 1_000_000_000_000 else {
            throw UserError(.usage, "--random_params is '\(text)'; it takes a number of weights, as in 2.8M or 2800000")
        }
        return RandomBaseline.AskedSize(weights, tolerance: tolerance / 100)
    }
}
