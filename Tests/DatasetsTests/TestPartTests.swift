import Host
import Testing

import Datasets

/// What an evaluation reads: test parts, and nothing that the network was not trained for.
@Suite
struct TestPartTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        try body(folder)
    }

    private func expectRefusal(
        _ code: ExitCode, saying parts: String..., sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () throws -> ImageSet
    ) {
        do {
            _ = try body()
            Issue.record("a test set that does not fit was taken", sourceLocation: sourceLocation)
        } catch let error as any UserFacingError {
            #expect(error.exitCode == code, sourceLocation: sourceLocation)
            for part in parts {
                #expect(error.sentence.contains(part), "\(error.sentence)", sourceLocation: sourceLocation)
            }
        } catch { Issue.record("\(error)", sourceLocation: sourceLocation) }
    }

    @Test(
        "The digits' test part is the 297 images that no training sees, normalised with the training part's constants")
    func digits() throws {
        let training = try RecognisedDataset(at: "digits").loadTraining()
        let test = try RecognisedDataset(at: "digits").loadTest(for: ImageForm(of: training))
        #expect(test.images.count == 297 && test.part == .test && training.part == .training)
        #expect(test.mean == training.mean && test.deviation == training.deviation)
        #expect(test.digest() != training.digest())
        #expect(try ImageSet(canonicalBytes: test.canonicalBytes(), source: "test") == test)
        let seen = Set((0..<1500).map { Array(training.images.pixels[$0 * 64..<$0 * 64 + 64]) })
        #expect((0..<297).allSatisfy { !seen.contains(Array(test.images.pixels[$0 * 64..<$0 * 64 + 64])) })
    }

    private static let cifar = ImageForm(
        name: "CIFAR-10", channels: 3, height: 32, width: 32, classes: 10, mean: [0.5, 0.5, 0.5],
        deviation: [0.25, 0.25, 0.25])

    private func record(_ label: UInt8) -> [UInt8] { [label] + [UInt8](repeating: 9, count: 3072) }

    @Test("CIFAR's test parts are read by their names; other classes are refused with both numbers")
    func cifar() throws {
        try withFolder { folder in
            try FileSystem.writeFile("\(folder)/test_batch.bin", record(3) + record(9))
            let test = try RecognisedDataset(at: folder).loadTest(for: Self.cifar)
            #expect(test.images.labels == [3, 9] && test.mean == [0.5, 0.5, 0.5])
            try FileSystem.removeTree("\(folder)/test_batch.bin")
            try FileSystem.writeFile("\(folder)/data_batch_1.bin", record(3))
            expectRefusal(.noInput, saying: "test_batch.bin is missing") {
                try RecognisedDataset(at: folder).loadTest(for: Self.cifar)
            }
        }
        try withFolder { folder in
            try FileSystem.writeFile("\(folder)/train.bin", [0])
            expectRefusal(.noInput, saying: "test.bin is missing") {
                try RecognisedDataset(at: folder).loadTest(for: Self.cifar)
            }
            try FileSystem.writeFile("\(folder)/test.bin", [1] + record(3))
            expectRefusal(.data, saying: "100 classes", "the 10 of CIFAR-10") {
                try RecognisedDataset(at: folder).loadTest(for: Self.cifar)
            }
        }
    }

    @Test("An IDX test part: missing, of another shape, with a label that no training image had")
    func idx() throws {
        let form = ImageForm(name: "IDX", channels: 1, height: 8, width: 8, classes: 4, mean: [0.5], deviation: [0.3])
        func images(_ side: UInt8) -> [UInt8] {
            [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, side, 0, 0, 0, side]
                + [UInt8](repeating: 7, count: 2 * Int(side) * Int(side))
        }
        try withFolder { folder in
            func write(_ name: String, _ bytes: [UInt8]) throws { try FileSystem.writeFile("\(folder)/\(name)", bytes) }
            func test() throws -> ImageSet { try RecognisedDataset(at: folder).loadTest(for: form) }
            try write("train-images-idx3-ubyte", [0])
            try write("train-labels-idx1-ubyte", [0])
            expectRefusal(.noInput, saying: "t10k-images-idx3-ubyte", "missing") { try test() }
            try write("t10k-images-idx3-ubyte", images(8))
            expectRefusal(.noInput, saying: "t10k-labels-idx1-ubyte", "missing") { try test() }
            try write("t10k-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 3, 0])
            #expect(try test().images.labels == [3, 0])
            try write("t10k-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 3, 4])
            expectRefusal(.data, saying: "image 1 has label 4", "4 classes of IDX") { try test() }
            try write("t10k-images-idx3-ubyte", images(12))
            expectRefusal(.data, saying: "1 x 12 x 12", "1 x 8 x 8") { try test() }
        }
    }
}
