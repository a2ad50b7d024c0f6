import Configuration
import Datasets
import Estimation
import Host
import Network
import Reporting
import RunStore
import SearchSpace

/// `snas-worker --gradients RUN`: estimators of alpha's gradient on a search that has ended. What `snas measure gradients` starts.
struct GradientStudy {
    /// Which alpha draws.
    enum Alpha: String, CaseIterable { case run, uniform }

    /// Most children of a space that is studied: each is computed.
    static let childrenAtMost = 65_536
    /// Where no flag says otherwise.
    static let standardDraws = 1000
    static let standardImages = 64
    static let drawsAtMost = 100_000
    static let imagesAtMost = 4096

    private let folder: String
    private var alpha = Alpha.run
    private var draws = standardDraws
    private var images = standardImages
    private var dataPlace: String?

    /// - Throws: `UserError` where the run cannot be studied so, or a flag is wrong.
    static func run(on folder: String, _ flags: CommandLineFlags) throws -> ExitCode {
        if flags.toggles.contains("ends_with_input") { try StarterWatch.begin() }
        let study = try GradientStudy(folder, flags)
        let result = try study.result(
            threads: try WorkerCommand.threads(flags),
            path: try WorkerCommand.cellPath(flags.values["kernels"] ?? "auto", device: "cpu"))
        try result.print(asJSON: flags.toggles.contains("json"))
        return .done
    }

    private init(_ folder: String, _ flags: CommandLineFlags) throws {
        self.folder = folder
        dataPlace = flags.values["data"]
        if let text = flags.values["alpha"] {
            guard let alpha = Spelling.name(text, among: Alpha.allCases.map(\.rawValue)).flatMap(Alpha.init) else {
                throw UserError(.usage, "--alpha is '\(text)'; it takes run or uniform")
            }
            self.alpha = alpha
        }
        draws = try Self.number(flags, "draws", EstimatorStudy.group...Self.drawsAtMost) ?? draws
        images = try Self.number(flags, "images", 2...Self.imagesAtMost) ?? images
        guard draws % EstimatorStudy.group == 0 else {
            throw UserError(
                .usage, "--draws is \(draws); it takes a multiple of \(EstimatorStudy.group), which are taken together")
        }
    }

    private static func number(_ flags: CommandLineFlags, _ name: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let text = flags.values[name] else { return nil }
        guard let value = Spelling.whole(text), range.contains(value) else {
            throw UserError(.usage, "--\(name) is '\(text)'; it takes \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    private func result(threads: Int, path: CellPath) throws -> GradientStudyResult {
        let search = try FrozenSearch(of: folder, asFor: "alpha's gradient", path: path) { directory, configuration in
            try DataRecord(of: directory).load(
                from: dataPlace, compactsLabels: configuration.data.labels == .compact
            ).data
        }
        let shape = search.plan.space.shape
        guard let children = ChildSet(shape, atMost: Self.childrenAtMost) else {
            throw UserError(
                .usage,
                "the search space of '\(folder)' has more than \(Self.childrenAtMost) children, and each is computed: study a "
                    + "search of fewer, as with --nodes 1")
        }
        guard children.count > 1 else {
            throw UserError(.usage, "the search space of '\(folder)' has one child: alpha has no gradient")
        }
        let found = search.run.images.split.gradient.count
        guard images <= found else {
            throw UserError(.usage, "--images is \(images); '\(folder)' has \(found) gradient images")
        }
        let alpha = self.alpha == .run ? try search.alpha() : EdgeTable(shape, repeating: Float(0))
        LogStream.worker.say(
            LogLine(
                .note,
                "\(children.count) children, then \(draws) draws of each estimator, on \(images) images"
            ))
        let work = NetworkWork(search.plan)
        let study = EstimatorStudy(
            children, alpha: alpha, draws: draws, seed: UInt64(search.configuration.run.seed),
            cost: PassCost(all: work.ofAllOperations, child: work.ofMeanChild(alpha.probabilities())))
        let table = try study.table(of: FrozenBatch(search, images: images, threads: threads))
        guard table.loss.mean.isFinite else {
            throw UserError(.data, "a child of '\(folder)' has a loss that is not finite: its weights say nothing")
        }
        return GradientStudyResult(
            folder: folder, search: search.configuration.method.search.rawValue,
            seed: search.configuration.run.seed, alpha: self.alpha, entropy: alpha.entropy(), images: images,
            draws: draws, edges: shape.rows.count, children: children.count, table: table)
    }
}
