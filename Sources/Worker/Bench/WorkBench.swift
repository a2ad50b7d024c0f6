package import Configuration
import Datasets
import Formats
import Host
package import Launching
package import Network
import Randomness
import SearchSpace
import Tensors

/// `snas-worker --bench work`: what a step of a given search takes on this machine, in time and in memory, and of which kind the machine
/// is. What `snas doctor --hosts` starts on a host.
package struct WorkBench {
    /// Of the search; `timed` is what is run of it.
    package let search: SearchConfiguration
    let image: ImageShape
    let classes: Int
    let threads: Int
    let device: String
    let path: CellPath
    /// A local copy of the data set; nil where the worker would be sent it.
    let dataFolder: String?

    /// That count, at most: fewer where a step takes long.
    private static let steps = 5
    /// Pools fill and pages are touched.
    private static let warmUpSteps = 1
    /// No step that counts is begun later, once one has been counted.
    private static let limit: Duration = .seconds(10)

    /// - Parameters:
    ///   - settings: a configuration's canonical text with tabs in place of its line ends.
    ///   - image: channels, height and width, as in 3x32x32.
    /// - Throws: `UserError`.
    package init(
        settings: String, image: String, classes: String, threads: Int, device: String, path: CellPath,
        dataFolder: String?
    ) throws {
        search = try SearchConfiguration(settingsArgument: settings)
        let sides = image.split(separator: "x").compactMap { Int($0) }
        guard sides.count == 3, (1...64).contains(sides[0]), sides[1...].allSatisfy({ (1...4096).contains($0) }),
            let classes = Int(classes), (2...256).contains(classes)
        else {
            throw UserError(.usage, "--image is '\(image)' and --classes '\(classes)'; they are as in 3x32x32 and 10")
        }
        self.image = ImageShape(channels: sides[0], height: sides[1], width: sides[2])
        self.classes = classes
        self.threads = threads
        self.device = device
        self.path = path
        self.dataFolder = dataFolder
    }

    /// What is run of it.
    package var timed: SearchConfiguration { search.benched(steps: Self.steps + Self.warmUpSteps + 1) }

    /// - Throws: `UserError`, as a worker of that search does; inputOutput where nobody reads.
    func print() throws { try StandardStreams.print(try run().json.serialized()) }

    /// - Throws: `UserError`, as a worker of that search does.
    package func run() throws -> WorkFigures {
        // Held to the end, as a worker holds it.
        let data = try dataFolder.map {
            try RecognisedDataset(at: $0).loadTraining(compactsLabels: search.data.labels == .compact)
        }
        let runner = try StepRunner(
            timed, image: image, classes: classes, images: threads * timed.evaluation.shardImages, threads: threads,
            device: device, path: path)
        let kind = [try runner.run.probe(), XXH3.hash128(MathTable.bytes())].map(\.hexadecimal).joined(separator: "-")
        var steps: [StepRunner.Step] = []
        for _ in 0..<Self.warmUpSteps { _ = try runner.step() }
        let start = Clock.monotonic()
        repeat {
            steps.append(try runner.step())
        } while steps.count < Self.steps && Clock.monotonic() - start < Self.limit
        // For their memory alone: an evaluation takes more than a step, and a step after it may find less of it in one piece.
        try runner.look()
        _ = try runner.step()
        let median = steps.sorted { $0.seconds < $1.seconds }[steps.count / 2]
        let digest = data.map { Hexadecimal.string($0.digest()) }
        return WorkFigures(
            threads: threads, imagesPerStep: median.images, stepSeconds: median.seconds - median.optimiserSeconds,
            steps: steps.count, weightSets: median.weightSets, contributions: median.contributions,
            peakBytes: HostInfo.peakResidentBytes(), kind: kind, dataDigest: digest, processor: HostInfo.processor(),
            kernels: path == .kernels ? CellKernels.name : "operators")
    }
}
