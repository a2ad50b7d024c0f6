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
    private let identity: RunIdentity
    private let logitsPath: String?
    private let asJSON: Bool

    /// - Parameters:
    ///   - path: the retraining's folder.
    ///   - dataLocation: nil is where the run found its training images.
    ///   - weightsPath: nil are the weights that the run left.
    ///   - logitsPath: a file to be written with the logits of every test image; nil writes none.
    ///   - scratch: a folder to be made for the evaluation itself.
    /// - Throws: `UserError` where there is no such network, or no test set for it.
    package init(
        of path: String, dataLocation: String?, weightsPath: String?, logitsPath: String? = nil, scratch: String,
        asJSON: Bool
    ) throws {
        let network = try RetrainedNetwork(of: path, weightsAt: weightsPath)
        var configuration = network.configuration
        // Workers are this machine's.
        configuration.cluster.minWorkers = 1
        data = try Self.testImages(at: dataLocation, network)
        if logitsPath != nil { try Self.checkLogits(of: data, configuration) }
        run = EvaluationRun(
            configuration: configuration, layout: network.layout, weights: network.weights,
            statistics: network.statistics, classes: data.classes, imageCount: data.images.count,
            yieldsLogits: logitsPath != nil)
        self.configuration = configuration
        self.asJSON = asJSON
        self.logitsPath = logitsPath
        runPath = path
        identity = network.directory.identity
        directory = try RunDirectory.create(scratch)
    }

    private static func testImages(at place: String?, _ network: RetrainedNetwork) throws -> ImageSet {
        do {
            return try RecognisedDataset(at: try place ?? DataRecord(of: network.directory).location)
                .loadTest(for: network.form)
        } catch let error as UserError where place == nil && error.exitCode == .noInput {
            throw UserError(.noInput, "\(error.sentence); say with --data where test images are")
        }
    }

    private static func checkLogits(of data: ImageSet, _ configuration: SearchConfiguration) throws {
        guard EvaluationRun.gathersLogits(images: data.images.count, classes: data.classes, configuration) else {
            throw UserError(
                .usage,
                "--logits of \(data.images.count) images and \(data.classes) classes would be more than "
                    + "\(EvaluationRun.logitBytes) bytes or too many shards to gather")
        }
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

    /// Loss, accuracies and the mistakes of each class: lines for people, or one JSON object; and the logits, where they are asked for.
    package func finish() -> RunResults {
        guard let count = run.count else { preconditionFailure("an evaluation that ended without its round") }
        let words = EvaluationText(count: count, data: data, runPath: runPath)
        return RunResults(
            lines: asJSON ? [words.json.serialized()] : words.lines, notes: [], event: nil, files: logitFile)
    }

    private var logitFile: [RunResults.File] {
        guard let logitsPath, let logits = run.logits else { return [] }
        let file = LogitFile(logits, of: data, configuration, run: identity)
        return [RunResults.File(path: logitsPath, bytes: file.bytes)]
    }
}
