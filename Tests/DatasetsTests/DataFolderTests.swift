import Host
import Testing

import Datasets

/// Under which names, and where, the files of the known formats are found.
@Suite
struct DataFolderTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        try body(folder)
    }

    private func write(_ path: String, _ bytes: [UInt8]) throws {
        try FileSystem.createDirectory(FileSystem.parent(of: path))
        try FileSystem.writeFile(path, bytes)
    }

    private func refusal(_ location: String) -> UserError? {
        do {
            _ = try RecognisedDataset(at: location).loadTraining()
            return nil
        } catch let error as UserError { return error } catch { Issue.record("\(error)") }
        return nil
    }

    /// Six images of 8 x 8, each of one value, and labels 0, 1, 2, 0, 1, 2.
    private static let images: [UInt8] =
        [0, 0, 8, 3, 0, 0, 0, 6, 0, 0, 0, 8, 0, 0, 0, 8] + (0..<6 * 64).map { UInt8($0 / 64) }
    private static let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 6, 0, 1, 2, 0, 1, 2]

    private func record(_ label: UInt8) -> [UInt8] { [label] + [UInt8](repeating: 9, count: 3072) }

    /// A gzip file of one member, whose bytes are stored as they are.
    private func gzip(_ bytes: [UInt8]) -> [UInt8] {
        func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 0xFF) } }
        var packed: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        let parts = stride(from: 0, to: bytes.count, by: 60_000).map { bytes[$0..<min($0 + 60_000, bytes.count)] }
        for (number, part) in parts.enumerated() {
            packed +=
                [number == parts.count - 1 ? 1 : 0] + little(part.count, 2) + little(~part.count & 0xFFFF, 2) + part
        }
        var check: UInt32 = ~0
        for byte in bytes {
            check ^= UInt32(byte)
            for _ in 0..<8 { check = check & 1 == 1 ? check >> 1 ^ 0xEDB8_8320 : check >> 1 }
        }
        return packed + little(Int(~check), 4) + little(bytes.count, 4)
    }

    @Test(
        "IDX files are found whatever stands between the words of their names, and in front of them",
        arguments: [
            ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
            ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
            ("train-images_idx3-ubyte", "train-labels_idx1-ubyte"),
            ("train_images_idx3_ubyte", "train_labels_idx1_ubyte"),
            ("TRAIN-IMAGES-IDX3-UBYTE", "Train-Labels-idx1-ubyte"), ("train-images.idx3", "train-labels.idx1"),
            ("train-images-idx3-ubyte.GZ", "train-labels-idx1-ubyte.gz"),
            ("emnist-letters-train-images-idx3-ubyte", "emnist-letters-train-labels-idx1-ubyte"),
            ("train-images-idx3-ubyte/train-images-idx3-ubyte", "train-labels-idx1-ubyte/train-labels.idx1-ubyte"),
        ])
    func names(images: String, labels: String) throws {
        try withFolder { folder in
            let isPacked = images.lowercased().hasSuffix(".gz")
            try write("\(folder)/\(images)", isPacked ? gzip(Self.images) : Self.images)
            try write("\(folder)/\(labels)", Self.labels)
            let set = try RecognisedDataset(at: folder).loadTraining()
            #expect(set.images.count == 6 && set.images.labels == [0, 1, 2, 0, 1, 2] && set.images.pixels[64] == 1)
        }
    }

    @Test("Labels without their images are a set of which a file is missing")
    func labelsAlone() throws {
        try withFolder { folder in
            try write("\(folder)/train-labels-idx1-ubyte", Self.labels)
            try write("\(folder)/train-images-idx3-ubyte.part", Self.images)
            let sentence = refusal(folder)?.sentence ?? "taken"
            #expect(sentence.contains("\(folder)/train-images-idx3-ubyte (plain or .gz) is missing"), "\(sentence)")
            // Images elsewhere in the folder are the set that is meant.
            try write("\(folder)/small-train-images-idx3-ubyte", Self.images)
            try write("\(folder)/small-train-labels-idx1-ubyte", Self.labels)
            #expect(refusal(folder) == nil)
        }
    }

    @Test(
        "A known set in a form that is not read is told as what it is",
        arguments: [
            ("cifar-10-batches-py/data_batch_1", "is of CIFAR-10's Python version"),
            ("cifar-10-binary.tar.gz", "cifar-10-binary.tar.gz is to be unpacked first"),
            ("raw/train-images-idx3-ubyte.ZIP", "raw/train-images-idx3-ubyte.ZIP is to be unpacked first"),
            ("train-images-idx3-ubyte.bz2", "is to be unpacked first"), ("holiday.png", "each plain or .gz"),
        ])
    func foreign(name: String, part: String) throws {
        try withFolder { folder in
            try write("\(folder)/\(name)", [1])
            let error = refusal(folder)
            #expect(
                error?.exitCode == .noInput && error?.sentence.hasSuffix(part) == !part.contains("Python"),
                "\(String(describing: error))")
            #expect(error?.sentence.contains(part) == true)
        }
    }

    @Test("CIFAR's files are read packed, in several members too, and in upper case")
    func packed() throws {
        try withFolder { folder in
            for number in 1...4 {
                try write("\(folder)/data_batch_\(number).bin.gz", gzip(record(3)) + gzip(record(4)))
            }
            try write("\(folder)/DATA_BATCH_5.BIN", record(9))
            let set = try RecognisedDataset(at: folder).loadTraining()
            #expect(set.images.labels == [3, 4, 3, 4, 3, 4, 3, 4, 9])
            try FileSystem.removeTree("\(folder)/data_batch_3.bin.gz")
            let error = try #require(refusal(folder))
            #expect(error.exitCode == .noInput && error.sentence.contains("\(folder)/data_batch_3.bin is missing"))
        }
        try withFolder { folder in
            try write("\(folder)/test.bin.gz", gzip([1] + record(7)))
            try write("\(folder)/train.bin/train.bin", [1] + record(42) + [1] + record(43))
            let set = try RecognisedDataset(at: folder).loadTraining()
            #expect(set.classes == 100 && set.images.labels == [42, 43])
        }
    }

    @Test("Of several files for one role the usual name counts, then that name packed")
    func ranks() throws {
        try withFolder { folder in
            let other = Array(Self.labels.dropLast(6)) + [1, 1, 1, 0, 0, 0]
            try write("\(folder)/train-images-idx3-ubyte", Self.images)
            try write("\(folder)/TRAIN-LABELS-IDX1-UBYTE", other)
            try write("\(folder)/train-labels-idx1-ubyte.gz", gzip(Self.labels))
            #expect(try RecognisedDataset(at: folder).loadTraining().images.labels == [0, 1, 2, 0, 1, 2])
            try write("\(folder)/train-labels-idx1-ubyte", other)
            #expect(try RecognisedDataset(at: folder).loadTraining().images.labels == [1, 1, 1, 0, 0, 0])
        }
    }

    @Test("The folder above the data is enough where it holds one data set; of several all are named")
    func above() throws {
        try withFolder { folder in
            try write("\(folder)/MNIST/raw/train-images-idx3-ubyte", Self.images)
            try write("\(folder)/MNIST/raw/train-labels-idx1-ubyte", Self.labels)
            try write("\(folder)/.cache/more/train.bin", [0])
            for place in [folder, "\(folder)/MNIST", "\(folder)/MNIST/raw"] {
                let found = try RecognisedDataset(at: place)
                #expect(found.location == "\(folder)/MNIST/raw" && found.shortName == "mnist")
                #expect(try found.loadTraining().images.count == 6)
            }
            try write("\(folder)/KMNIST/raw/train-images-idx3-ubyte", Self.images)
            let error = try #require(refusal(folder))
            #expect(error.exitCode == .noInput)
            #expect(error.sentence.contains("\(folder)/KMNIST/raw, \(folder)/MNIST/raw; name one of them"), "\(error)")
            try FileSystem.createDirectory("\(folder)/empty")
            #expect(refusal("\(folder)/empty")?.sentence.contains("found nothing") == true)
        }
    }

    @Test("Several splits in one folder are named by what their files begin with, and the same files are found again")
    func stems() throws {
        try withFolder { folder in
            for split in ["emnist-digits", "emnist-letters"] {
                try write("\(folder)/\(split)-train-images-idx3-ubyte", Self.images)
                try write("\(folder)/\(split)-train-labels-idx1-ubyte", Self.labels)
                try write("\(folder)/\(split)-test-images-idx3-ubyte", Self.images)
            }
            let error = try #require(refusal(folder))
            #expect(error.sentence.contains("emnist-digits, emnist-letters; name one of them"), "\(error)")
            let found = try RecognisedDataset(at: "\(folder)/EMNIST-Letters")
            #expect(found.location == "\(folder)/emnist-letters" && found.shortName == "emnist-letters")
            #expect(try RecognisedDataset(at: found.location) == found)
            let set = try found.loadTraining()
            #expect(set.images.count == 6)
            do {
                _ = try found.loadTest(for: ImageForm(of: set))
                Issue.record("a test part without labels")
            } catch { #expect("\(error)".contains("\(folder)/emnist-letters-t10k-labels-idx1-ubyte"), "\(error)") }
            try write("\(folder)/emnist-letters-test-labels-idx1-ubyte", Self.labels)
            #expect(try RecognisedDataset(at: found.location).loadTest(for: ImageForm(of: set)).images.count == 6)
            // The usual names go first.
            try write("\(folder)/train-images-idx3-ubyte", Self.images)
            try write("\(folder)/train-labels-idx1-ubyte", Self.labels)
            #expect(try RecognisedDataset(at: folder).location == folder)
        }
    }

    @Test("Names of other files are none, and a file in the place of a folder is told")
    func others() throws {
        try withFolder { folder in
            for name in [
                "train-images.csv", "train-labels-idx3-ubyte", "images-idx3-ubyte", "data_batch_6.bin", "data_batch_1",
                "train-images-idx3-ubyte.zip", "train.bin.xz",
            ] { try write("\(folder)/\(name)", [0]) }
            #expect(refusal(folder)?.sentence.contains("no known data set in '\(folder)'") == true)
            #expect(refusal("\(folder)/data_batch_1")?.sentence.contains("it is a file") == true)
            #expect(refusal("\(folder)/nothing")?.sentence.contains("it is no folder") == true)
            #expect(try RecognisedDataset(at: "Digits") == .digits)
        }
    }
}
