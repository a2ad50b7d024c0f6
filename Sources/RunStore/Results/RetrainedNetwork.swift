package import Configuration
package import Datasets
import Host
package import SearchSpace

/// The network that a retraining left, as it is tested and handed on: without the auxiliary head, which only training reads.
package struct RetrainedNetwork: Sendable {
    /// The retraining's folder; it is only read.
    package let directory: RunDirectory
    /// The retraining's, but that the auxiliary head is left out.
    package let configuration: SearchConfiguration
    /// What images it takes.
    package let form: ImageForm
    package let plan: DerivedPlan
    /// Of the plan.
    package let layout: WeightLayout
    /// In the layout's order.
    package let weights: [Float]
    /// Running ones, in the layout's order.
    package let statistics: [Float]

    /// - Parameters:
    ///   - path: the retraining's folder.
    ///   - weightsPath: nil are the weights that the run left.
    /// - Throws: `UserError`: usage for a search, noInput where there is no run or it has not ended, data where something in the folder
    ///   is damaged or weights do not fit.
    package init(of path: String, weightsAt weightsPath: String?) throws {
        directory = try RunDirectory.toRead(path)
        var configuration = try RunRecord.configuration(of: directory)
        guard configuration.retrain.genotype != nil else {
            throw UserError(
                .usage,
                "'\(path)' is a search: its weights are shared by all operations and say little of a cell; train its cell with: "
                    + "snas retrain --genotype \(ShellWord.quoted(path))")
        }
        form = try NetworkRecord.form(of: directory)
        configuration.retrain.auxiliary = false
        self.configuration = configuration
        let image = ImageShape(channels: form.channels, height: form.height, width: form.width)
        guard let plan = configuration.derivedPlan(image: image, classes: form.classes) else {
            preconditionFailure("a genotype without a network")
        }
        if let objection = plan.sidesObjection { throw UserError(.data, "'\(path)': \(objection)") }
        self.plan = plan
        layout = WeightLayout.derivedNetwork(plan)
        (weights, statistics) = try ResultFiles.readWeights(
            at: try Self.weightsFile(weightsPath, directory), layout: layout)
    }

    private static func weightsFile(_ path: String?, _ directory: RunDirectory) throws -> String {
        let file = path ?? "\(directory.path)/\(RunDirectory.lastResultName)"
        guard FileSystem.exists(file) else {
            throw UserError(
                .noInput,
                path == nil
                    ? "'\(directory.path)' has no \(RunDirectory.lastResultName): the run has not ended; continue it with: snas resume "
                        + ShellWord.quoted(directory.path)
                    : "there is no file \(file)")
        }
        return file
    }
}
