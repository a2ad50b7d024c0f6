import Configuration
import Coordinator
import Datasets
import Formats
import Host
import RunStore
import SearchSpace
import Testing
import Training

/// A retraining on labels 0, 1 and 5, numbered anew: who reads the run later numbers them alike.
@Suite
struct NumberedLabelTests {
    private func write(_ labels: [UInt8], part: String, in folder: String) throws {
        let count = UInt8(labels.count)
        let pixels = labels.indices.flatMap { [UInt8](repeating: UInt8($0), count: 64) }
        try FileSystem.writeFile(
            "\(folder)/\(part)-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 8, 0, 0, 0, 8] + pixels)
        try FileSystem.writeFile("\(folder)/\(part)-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, count] + labels)
    }

    private func retraining(_ labels: String, on folder: String) throws -> TrainingSession {
        var builder = ConfigurationBuilder(from: .retraining, origin: .standard)
        let cell = SearchSpace.darts(nodes: 1).uniform(.skipConnect)
        for (name, value) in [
            ("genotype", cell.compactText), ("init_channels", "2"), ("layers", "3"), ("cutout", "false"),
            ("auxiliary", "false"), ("batch_size", "4"), ("shards", "1"), ("labels", labels),
        ] { try builder.apply(name: name, value: value, origin: .flag) }
        let resolved = try builder.finished()
        let data = try RecognisedDataset(at: folder).loadTraining(
            compactsLabels: resolved.configuration.data.labels == .compact)
        return try TrainingSession(new: resolved, data: data, dataLocation: folder) {
            try RunDirectory.create("\(folder)/run-\(labels)")
        }
    }

    @Test(
        "A resume has the same classes and digest, and an evaluation numbers the test part as the training was",
        arguments: [true, false])
    func laterReaders(isCompact: Bool) throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        try write([0, 1, 5, 5, 1, 0, 0, 1, 5, 5, 1, 0], part: "train", in: folder)
        try write([5, 0], part: "t10k", in: folder)
        let path: String
        do {
            let session = try retraining(isCompact ? "Compact" : "as-is", on: folder)
            path = session.directory.path
            #expect(session.data.classes == (isCompact ? 3 : 6))
            if case .over(let ending)? = session.finish().event { try ResultFiles(session.directory).write(ending) }
        }
        let resumed = try TrainingSession(resuming: path)
        #expect(resumed.configuration.data.labels == (isCompact ? .compact : .asIs))
        #expect(resumed.data.images.labels.max() == (isCompact ? 2 : 5))
        let evaluation = try EvaluationSession(
            of: path, dataLocation: nil, weightsPath: nil, scratch: "\(folder)/scratch", asJSON: false)
        #expect(evaluation.data.images.labels == (isCompact ? [2, 0] : [5, 0]))
        #expect(evaluation.data.fileLabels == (isCompact ? [0, 1, 5] : nil))
        let text = try String(decoding: FileSystem.readFile("\(path)/network.json", limitBytes: 1 << 16), as: UTF8.self)
        let damaged = text.replacing("\"classes\": \(isCompact ? 3 : 6)", with: "\"classes\": 4")
        try FileSystem.writeFile("\(path)/network.json", Array(damaged.utf8))
        let form = Result { try NetworkRecord.form(of: try RunDirectory.toRead(path)) }
        #expect((try? form.get()) == nil || !isCompact, "labels of three classes for four")
    }
}
