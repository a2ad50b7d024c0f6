import Host
import Testing

import Datasets

/// Labels with gaps: what is said of them, and what `compact` makes of them.
@Suite
struct LabelNumberTests {
    /// One image of 4 x 4 a label, whose pixels are the label.
    private func write(_ labels: [UInt8], part: String, in folder: String) throws {
        let count = UInt8(labels.count)
        let pixels = labels.flatMap { [UInt8](repeating: $0, count: 16) }
        try FileSystem.writeFile(
            "\(folder)/\(part)-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 4, 0, 0, 0, 4] + pixels)
        try FileSystem.writeFile("\(folder)/\(part)-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, count] + labels)
    }

    private func withData(_ labels: [UInt8], test: [UInt8] = [], _ body: (RecognisedDataset) throws -> Void) throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        try write(labels, part: "train", in: folder)
        if !test.isEmpty { try write(test, part: "t10k", in: folder) }
        try body(try RecognisedDataset(at: folder))
    }

    private func refusal(_ body: () throws -> ImageSet) -> UserError? {
        do {
            _ = try body()
            return nil
        } catch { return error as? UserError }
    }

    @Test(
        "EMNIST's letters have labels 1 to 26: taken as they are class 0 has no image, which is said; compact has 26 classes"
    )
    func letters() throws {
        let labels = (1...26).flatMap { [UInt8($0), UInt8($0)] }
        try withData(labels) { data in
            let plain = try data.loadTraining()
            #expect(plain.classes == 27 && plain.emptyClasses == [0] && plain.images.labels == labels)
            #expect(plain.labelNote?.hasPrefix("1 of 27 classes has no image (0): ") == true)
            let compact = try data.loadTraining(compactsLabels: true)
            #expect(
                compact.classes == 26 && compact.emptyClasses == [] && compact.images.labels == labels.map { $0 - 1 })
            #expect(compact.images.pixels == plain.images.pixels && compact.fileLabels == (1...26).map { UInt8($0) })
            #expect(compact.labelNote == "labels 1 to 26 of the files are classes 0 to 25")
        }
    }

    @Test("Gaps keep the labels' order, and the digest tells other labels of the files apart")
    func gaps() throws {
        var digests: Set<[UInt8]> = []
        for labels in [[5, 0, 1, 0, 5], [9, 0, 1, 0, 9], [2, 0, 1, 0, 2]] as [[UInt8]] {
            try withData(labels) { data in
                let set = try data.loadTraining(compactsLabels: true)
                #expect(set.images.labels == [2, 0, 1, 0, 2] && set.classes == 3 && set.classSizes == [2, 1, 2])
                #expect(set.fileLabels == (labels[0] == 2 ? nil : [0, 1, labels[0]]))
                #expect(try ImageSet(canonicalBytes: set.canonicalBytes(), source: "test") == set)
                digests.insert(set.digest())
                let plain = try data.loadTraining()
                #expect((plain == set) == (labels[0] == 2), "without gaps nothing changes")
                digests.insert(plain.digest())
                if labels[0] == 5 {
                    #expect(plain.labelNote?.hasPrefix("3 of 6 classes have no image (2 to 4): ") == true)
                }
                if labels[0] == 2 { #expect(plain.labelNote == nil && set.labelNote == nil) }
            }
        }
        #expect(digests.count == 5)
    }

    @Test("Numbering anew is advised only where it helps: not for more classes than there may be")
    func tooMany() throws {
        for (labels, advises) in [((0..<150).map { UInt8($0) }, false), ([0, 1, 150], true)] {
            try withData(labels) { data in
                let error = try #require(refusal { try data.loadTraining() })
                #expect(error.sentence.contains("--labels compact") == advises, "\(error)")
                #expect(advises || error.sentence.contains("150 classes have images: 100 are the most"), "\(error)")
                #expect((refusal { try data.loadTraining(compactsLabels: true) } == nil) == advises)
            }
        }
    }

    @Test("A test part's labels are numbered as the training part's were; one that no training image had is refused")
    func testPart() throws {
        try withData([5, 0, 1], test: [1, 5, 5, 0]) { data in
            let form = ImageForm(of: try data.loadTraining(compactsLabels: true))
            let test = try data.loadTest(for: form)
            #expect(test.images.labels == [1, 2, 2, 0] && test.classes == 3 && test.fileLabels == [0, 1, 5])
        }
        try withData([5, 0, 1], test: [1, 2]) { data in
            let form = ImageForm(of: try data.loadTraining(compactsLabels: true))
            let error = try #require(refusal { try data.loadTest(for: form) })
            #expect(error.exitCode == .data && error.sentence.contains("image 1 has label 2"), "\(error)")
            #expect(error.sentence.contains("the 3 classes of IDX, 0, 1, 5"), "\(error)")
        }
    }

    @Test("A part of CIFAR-10's classes is numbered anew, too, and its test part with it")
    func cifar() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        func record(_ label: UInt8) -> [UInt8] { [label] + [UInt8](repeating: label, count: 3072) }
        for number in 1...5 { try FileSystem.writeFile("\(folder)/data_batch_\(number).bin", record(3) + record(8)) }
        try FileSystem.writeFile("\(folder)/test_batch.bin", record(8))
        let data = try RecognisedDataset(at: folder)
        #expect(try data.loadTraining().emptyClasses == [0, 1, 2, 4, 5, 6, 7, 9])
        let set = try data.loadTraining(compactsLabels: true)
        #expect(set.classes == 2 && set.fileLabels == [3, 8])
        #expect(try data.loadTest(for: ImageForm(of: set)).images.labels == [1])
        try FileSystem.writeFile("\(folder)/test_batch.bin", record(7))
        #expect(refusal { try data.loadTest(for: ImageForm(of: set)) }?.sentence.contains("label 7") == true)
    }

    @Test("One class is none to tell apart, whatever its label; far labels are taken only when they are numbered anew")
    func refused() throws {
        try withData([5, 5, 5]) { data in
            for compacts in [false, true] {
                let error = try #require(refusal { try data.loadTraining(compactsLabels: compacts) })
                #expect(error.exitCode == .data && error.sentence.contains("all 3 labels are 5"), "\(error)")
            }
        }
        try withData([0, 255, 7]) { data in
            let error = try #require(refusal { try data.loadTraining() })
            #expect(error.sentence.contains("label 255 of image 1 is over 99; --labels compact"), "\(error)")
            let set = try data.loadTraining(compactsLabels: true)
            #expect(set.images.labels == [0, 2, 1] && set.fileLabels == [0, 7, 255])
        }
    }

    @Test("A canonical form whose files' labels do not fit its classes is refused")
    func damaged() throws {
        try withData([5, 0, 1]) { data in
            let set = try data.loadTraining(compactsLabels: true)
            let bytes = set.canonicalBytes()
            let line = Array("file_labels 0 1 5\n".utf8)
            let place = try #require(bytes.firstRange(of: line))
            for other in ["file_labels 0 1\n", "file_labels 0 5 1\n", "file_labels 0 1 1\n", "file_labels 0 1 x\n"] {
                var damaged = bytes
                damaged.replaceSubrange(place, with: Array(other.utf8))
                #expect(throws: (any Error).self, "\(other)") { try ImageSet(canonicalBytes: damaged, source: "test") }
            }
        }
    }
}
