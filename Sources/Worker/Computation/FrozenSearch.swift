import Configuration
import Datasets
import Host
import Network
import RunStore
import SearchSpace
import Tensors
import Training

/// A search that has ended, with the weights that it left: nothing is learned any more.
struct FrozenSearch: Sendable {
    let run: PreparedRun
    let weights: NetworkWeights
    /// Of the super-network.
    let plan: NetworkPlan
    private let directory: RunDirectory

    var configuration: SearchConfiguration { run.configuration }

    /// - Parameters:
    ///   - folder: of the search's run.
    ///   - subject: what it is asked for; said where it is refused.
    ///   - images: the training images, of which the search's own are cut out.
    /// - Throws: `UserError` where the run has not ended, is none of a search, or lacks something; what `images` throws.
    init(
        of folder: String, asFor subject: String, path: CellPath,
        images: (RunDirectory, SearchConfiguration) throws -> ImageSet
    ) throws {
        let weightsPath = "\(folder)/\(RunDirectory.lastResultName)"
        guard FileSystem.exists(weightsPath) else {
            throw UserError(
                .noInput,
                "'\(folder)' is no run of a search that has ended: \(RunDirectory.lastResultName) is missing")
        }
        directory = try RunDirectory.toRead(folder)
        let configuration = try RunRecord.configuration(of: directory)
        guard configuration.retrain.genotype == nil else {
            throw UserError(.usage, "'\(folder)' is a retraining; \(subject) is a search's")
        }
        let set = try images(directory, configuration)
        run = try PreparedRun(configuration: configuration, set: set, device: "cpu", path: path)
        let shape = ImageShape(channels: set.channels, height: set.height, width: set.width)
        plan = configuration.plan(image: shape, classes: set.classes)
        weights = try run.network.load(
            weights: try ResultFiles.readWeights(at: weightsPath, layout: run.network.layout).weights)
    }

    /// What the search's cell was derived from.
    ///
    /// - Throws: `UserError` (data) where the folder has none of the search's space.
    func alpha() throws -> EdgeTable<Float> { try ResultFiles(directory).derivedAlpha(plan.space.shape) }
}
