package import Configuration
package import Datasets
import Formats
import Host
package import RunStore
package import SearchProtocol
package import SearchSpace
package import Training
import Wire

/// One pass of a retrained network over the test part of a data set: a round like any other, so any number of workers gives
/// the same counts. Nothing is written into the run that is evaluated.
package struct EvaluationSession: RunSession {
    /// The retraining's, but that one worker is enough and the auxiliary head is left out.
    package let configuration: SearchConfiguration
    /// The test part of the data set.
    package let data: ImageSet
    /// The scratch folder; the run that is evaluated is only read.
    package let directory: RunDirectory
    /// No step is ever made.
    package let step = 0
    private var run: EvaluationRun
    private let runPath: String
    private let asJSON: Bool

    /// - Parameters:
    ///   - path: the retraining's folder.
    ///   - dataLocation: nil is where the run found its training images.
    ///   - weightsPath: nil are the weights that the run left.
    ///   - scratch: a folder to be made for the evaluation itself.
    /// - Throws: `UserError` where there is no such network, or no test set for it.
    package init(
        of path: String, dataLocation: String?, weightsPath: String?, scratch: String, asJSON: Bool
    ) throws {
        let source = try RunDirectory.toRead(path)
        var configuration = try RunRecord.configuration(of: source)
        guard configuration.retrain.genotype != nil else {
            throw UserError(
                .usage,
                "'\(path)' is a search: its weights are shared by all operations and say little of a cell; train its cell with: "
                    + "snas retrain --genotype \(ShellWord.quoted(path))")
        }
        let form = try NetworkRecord.form(of: source)
        // Only the classifier is asked; workers are this machine's.
        configuration.retrain.auxiliary = false
        configuration.cluster.minWorkers = 1
        let shape = ImageShape(channels: form.channels, height: form.height, width: form.width)
        guard let plan = configuration.derivedPlan(image: shape, classes: form.classes) else {
            preconditionFailure("a genotype without a network")
        }
        let layout = WeightLayout.derivedNetwork(plan)
        let (weights, statistics) = try Self.readWeights(weightsPath, source, layout)
        data = try Self.testImages(at: dataLocation, source, form)
        run = EvaluationRun(
            configuration: configuration, layout: layout, weights: weights, statistics: statistics,
            classes: data.classes,
            imageCount: data.images.count)
        self.configuration = configuration
        self.asJSON = asJSON
        runPath = path
        directory = try RunDirectory.create(scratch)
    }

    private static func testImages(at place: String?, _ source: RunDirectory, _ form: ImageForm) throws -> ImageSet {
        do {
            return try RecognisedDataset(at: try place ?? DataRecord(of: source).location).loadTest(for: form)
        } catch let error as UserError where place == nil && error.exitCode == .noInput {
            throw UserError(.noInput, "\(error.sentence); say with --data where test images are")
        }
    }

    private static func readWeights(
        _ path: String?, _ source: RunDirectory, _ layout: WeightLayout
    ) throws -> (weights: [Float], statistics: [Float]) {
        let file = path ?? "\(source.path)/\(RunDirectory.lastResultName)"
        guard FileSystem.exists(file) else {
            throw UserError(
                .noInput,
                path == nil
                    ? "'\(source.path)' has no \(RunDirectory.lastResultName): the run has not ended; continue it with: snas resume "
                        + ShellWord.quoted(source.path)
                    : "there is no file \(file)")
        }
        return try ResultFiles.readWeights(at: file, layout: layout)
    }

    // MARK: The round

    /// One epoch of one step: there is no progress to tell but that of the round itself.
    package var outline: RunOutline {
        RunOutline(step: 0, evaluatedEpochs: 0, epochs: 1, stepsPerEpoch: 1, lastStep: 1, reportFreq: 1)
    }

    package var howToGoOn: String { "nothing was written; evaluate again" }

    /// Of the derived network without its auxiliary head, whose weights no pass reads.
    package var layout: WeightLayout { run.layout }

    /// As the run left them, or as the given file has them.
    package var weights: [Float] { run.weights }

    /// One round over all test images, then nil.
    package mutating func nextRound() -> PlannedRound? { run.nextRound() }

    /// Keeps the counts for `finish`; nothing is told and nothing is made safe.
    package mutating func absorb(_ result: RoundResult, workers: Int, seconds: Double) -> RoundOutcome {
        run.absorb(total: result.total, reports: result.reports)
        return RoundOutcome()
    }

    /// An evaluation has nothing to go on from.
    package func checkpoint() -> PersistenceRequest? { nil }

    /// An evaluation makes none.
    package func standingCheckpoints() throws -> [CheckpointMark] { [] }

    /// Loss, accuracies and the mistakes of each class: lines for people, or one JSON object.
    package func finish() -> RunResults {
        guard let count = run.count else { preconditionFailure("an evaluation that ended without its round") }
        let words = EvaluationText(count: count, data: data, runPath: runPath)
        return RunResults(lines: asJSON ? [words.json.serialized()] : words.lines, notes: [], event: nil)
    }
}
