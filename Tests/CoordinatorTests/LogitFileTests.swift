import Configuration
import Coordinator
import Datasets
import Formats
import Host
import RunStore
import SearchProtocol
import Testing
import Training
import Wire

/// The file of logits that an evaluation leaves where it is asked for one.
@Suite
struct LogitFileTests {
    @Test(
        "Logits stand in the order of the data set's files with their labels, however the evaluation went through the images"
    )
    func order() throws {
        let run = try RetrainedFolder()
        let target = "\(run.folder)/logits.safetensors"
        var evaluation = try EvaluationSession(
            of: run.path, dataLocation: nil, weightsPath: nil, logitsPath: target, scratch: "\(run.folder)/scratch",
            asJSON: true)
        let next = evaluation.nextRound()
        let planned = try #require(next)
        let (images, classes) = (297, 10)
        #expect(planned.payloadCount == classes * classes + 1 + images * classes)
        // What a worker would see as place k of the round: its logits are the image's number and the class.
        let order = ImageOrders.evaluation(
            of: Array(0..<images), in: evaluation.data, evaluation.configuration)
        #expect(order != order.sorted())
        let counts = [Float](repeating: 0, count: classes * classes + 1)
        let rows = order.flatMap { image in (0..<classes).map { Float(classes * image + $0) } }
        let reports = (0..<5).map { ShardReport(shard: $0, imageCount: 1, loss: 0, hits: 0, finite: true) }
        _ = evaluation.absorb(
            RoundResult(round: 1, job: planned.job, total: counts + rows, reports: reports), workers: 1, seconds: 1)
        let files = evaluation.finish().files
        #expect(files.map(\.path) == [target])
        let file = try SafetensorsFile.parse(try #require(files.first).bytes, source: target)
        #expect(file["logits"]?.shape == [images, classes])
        #expect(file["logits"]?.values == (0..<images * classes).map { Float($0) })
        #expect(file["labels"]?.values == evaluation.data.images.labels.map { Float($0) })
        #expect(file.metadata.map(\.key) == ["run", "data", "data_sha256"])
        #expect(file.metadata.first?.value.text == "\(run.session.directory.identity)")
    }

    @Test("An evaluation that nobody asks for logits writes no file")
    func none() throws {
        let run = try RetrainedFolder()
        var evaluation = try EvaluationSession(
            of: run.path, dataLocation: nil, weightsPath: nil, scratch: "\(run.folder)/scratch", asJSON: true)
        let next = evaluation.nextRound()
        let planned = try #require(next)
        _ = evaluation.absorb(
            RoundResult(
                round: 1, job: planned.job, total: [Float](repeating: 1, count: planned.payloadCount), reports: []),
            workers: 1, seconds: 1)
        #expect(planned.job.yields == .predictions && evaluation.finish().files.isEmpty)
    }
}
