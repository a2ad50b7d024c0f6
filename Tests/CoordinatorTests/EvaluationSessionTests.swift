import Configuration
import Coordinator
import Datasets
import Formats
import Host
import RunStore
import SearchProtocol
import SearchSpace
import Testing
import Training
import Wire

/// An evaluation of a retraining that is made up: no socket, no worker, no network.
@Suite
struct EvaluationSessionTests {
    /// A folder with a retraining on the digits.
    ///
    /// - Parameter isOver: whether it has its weights.
    private func retraining(in folder: String, isOver: Bool) throws -> String {
        var builder = ConfigurationBuilder(from: .retraining, origin: .standard)
        let cell = SearchSpace.darts(nodes: 1).uniform(.skipConnect)
        for (name, value) in [
            ("genotype", cell.compactText), ("init_channels", "2"), ("layers", "3"), ("cutout", "false"),
            ("auxiliary", "false"),
        ] { try builder.apply(name: name, value: value, origin: .flag) }
        let path = "\(folder)/run"
        let session = try TrainingSession(
            new: try builder.finished(), data: try RecognisedDataset(at: "digits").loadTraining(),
            dataLocation: "digits"
        ) { try RunDirectory.create(path) }
        if isOver, case .over(let ending)? = session.finish().event {
            try ResultFiles(session.directory).write(ending)
        }
        return path
    }

    private func session(of run: String, in folder: String, weights: String? = nil) throws -> EvaluationSession {
        try EvaluationSession(
            of: run, dataLocation: nil, weightsPath: weights, scratch: "\(folder)/scratch", asJSON: true)
    }

    @Test("An evaluation is one round over the test images, counts what its shards say, and leaves nothing in the run")
    func oneRound() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let run = try retraining(in: folder, isOver: true)
        let before = try FileSystem.list(run)
        var evaluation = try session(of: run, in: folder)
        let round = evaluation.nextRound()
        let planned = try #require(round)
        // 297 test images at 64 a shard; every label is predicted as 3, and half are among the five largest.
        #expect(planned.job.shardCount == 5 && planned.job.imageCount == 297 && planned.job.yields == .predictions)
        let labels = evaluation.data.images.labels.map { Int32($0) }
        let total = EvaluationCount.payload(
            of: labels.map { _ in 3 }, labels, topFiveHits: 148, classes: evaluation.data.classes)
        let reports = (0..<5).map { shard in
            ShardReport(
                shard: shard, imageCount: shard < 4 ? 64 : 41, loss: shard < 4 ? 64 : 41, hits: 0, finite: true,
                alphaGradient: [], credits: [])
        }
        let outcome = evaluation.absorb(
            RoundResult(round: 1, job: planned.job, total: total, reports: reports), workers: 1, seconds: 1)
        #expect(outcome.events.isEmpty && outcome.requests.isEmpty && evaluation.nextRound() == nil)
        let results = evaluation.finish()
        let value = try JSONValue.parse(Array((results.lines.first ?? "").utf8), source: "results")
        #expect(value["top1"]?["hits"]?.integer == labels.count { $0 == 3 } && value["loss"]?.number == 1)
        #expect(value["top5"]?["hits"]?.integer == 148 && results.event == nil)
        #expect(try FileSystem.list(run) == before)
    }

    @Test("A run that has not ended, other weights and a search are refused with what to do")
    func refusals() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let run = try retraining(in: folder, isOver: false)
        #expect { try session(of: run, in: folder) } throws: {
            $0.userSentence.contains("the run has not ended; continue it with: snas resume \(run)")
        }
        #expect { try session(of: run, in: folder, weights: "\(folder)/none") } throws: {
            $0.userSentence == "there is no file \(folder)/none"
        }
        try FileSystem.writeFile("\(folder)/few", SafetensorsFile(tensors: []).serialized())
        #expect { try session(of: run, in: folder, weights: "\(folder)/few") } throws: {
            $0.userSentence.contains("\(folder)/few")
        }
        // The beginning of an archive as `torch.save` makes it.
        try FileSystem.writeFile(
            "\(folder)/w.pt", [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 26) + Array("w/data.pkl".utf8))
        #expect { try session(of: run, in: folder, weights: "\(folder)/w.pt") } throws: {
            ($0 as? UserError)?.exitCode == .data && $0.userSentence.hasPrefix("\(folder)/w.pt: a file of torch.save")
                && $0.userSentence.hasSuffix(" \(folder)/w.pt weights.safetensors")
        }
        var builder = ConfigurationBuilder()
        try builder.apply(name: "init_channels", value: "2", origin: .flag)
        let search = try TrainingSession(
            new: try builder.finished(), data: try RecognisedDataset(at: "digits").loadTraining(),
            dataLocation: "digits"
        ) { try RunDirectory.create("\(folder)/search") }
        #expect { try session(of: search.directory.path, in: folder) } throws: {
            $0.userSentence.contains("is a search: its weights are shared by all operations")
        }
        #expect(!FileSystem.exists("\(folder)/scratch"), "what is refused leaves nothing behind")
    }
}
