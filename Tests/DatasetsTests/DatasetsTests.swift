import Host
import Testing

import Datasets

@Suite
struct DatasetsTests {
    private static let real = HostInfo.environment("SNAS_TEST_DATA") ?? "../shared/data"

    private func checkNormalised(_ set: ImageSet, tolerance: Float) {
        let batch = BatchAssembler.assemble(set, indices: Array(0..<set.images.count))
        let area = set.height * set.width
        for channel in 0..<set.channels {
            var (sum, squares) = (0.0, 0.0)
            for image in 0..<batch.count {
                let start = (image * set.channels + channel) * area
                for value in batch.pixels[start..<start + area] {
                    sum += Double(value)
                    squares += Double(value) * Double(value)
                }
            }
            let count = Double(batch.count * area)
            #expect(abs(Float(sum / count)) < tolerance)
            #expect(abs(Float((squares / count).squareRoot()) - 1) < tolerance)
        }
    }

    @Test("The embedded digits: 1,500 training images of 8 x 8, all ten classes, mean 0 and deviation 1")
    func digits() throws {
        let set = try RecognisedDataset(at: "digits").loadTraining()
        #expect(set.images.count == 1500 && set.height == 8 && set.width == 8 && set.channels == 1)
        let counts = (0..<10).map { label in set.images.labels.count { $0 == label } }
        #expect(counts.allSatisfy { $0 > 140 && $0 < 160 } && counts.reduce(0, +) == 1500)
        #expect(set.images.pixels.max() == 240)
        checkNormalised(set, tolerance: 1e-4)
    }

    @Test("The canonical form is read back, its digest changes with one pixel, and a damaged one is refused")
    func canonicalForm() throws {
        let set = try RecognisedDataset(at: "digits").loadTraining()
        let bytes = set.canonicalBytes()
        #expect(try ImageSet(canonicalBytes: bytes, source: "test") == set)
        var changed = bytes
        changed[changed.count - 1] ^= 1
        #expect(try ImageSet(canonicalBytes: changed, source: "test").digest() != set.digest())
        for cut in [0, 10, 150, bytes.count - 1] {
            #expect(throws: (any Error).self) { try ImageSet(canonicalBytes: Array(bytes[..<cut]), source: "test") }
        }
    }

    @Test("An epoch visits each image at most once, in an order of its own; shards are equal parts")
    func epochs() {
        let images = Array(100..<200)
        let order = EpochOrder(indices: images, seed: 1, epoch: 0)
        let visited = (0..<3).flatMap { step in
            (0..<5).flatMap { order.shard($0, of: 5, stepInEpoch: step, batchSize: 30) }
        }
        #expect(visited.count == 90 && Set(visited).count == 90 && Set(visited).isSubset(of: images))
        let next = EpochOrder(indices: images, seed: 1, epoch: 1)
        #expect(next.shard(0, of: 5, stepInEpoch: 0, batchSize: 30) != Array(visited[..<6]))
    }

    @Test(
        "Recalibration visits each image once, drawn by the seed: of data sorted by class every shard of 64 sees all classes"
    )
    func recalibrationOrder() {
        let images = Array(100..<1100)
        let order = ImageOrders.recalibration(of: images, seed: 2)
        #expect(order != images && order.sorted() == images)
        #expect(order == ImageOrders.recalibration(of: images, seed: 2))
        #expect(order != ImageOrders.recalibration(of: images, seed: 3))
        for shard in 0..<15 {
            let range = FixedShards.range(shard, size: 64, count: 960)
            #expect(Set(order[range].map { ($0 - 100) / 100 }).count == 10, "shard \(shard)")
        }
    }

    @Test("However many held-out images are evaluated, every class has its share of them to within an image")
    func evaluationOrder() {
        let sizes = [50, 30, 20, 1]
        let labels = sizes.enumerated().flatMap { [UInt8](repeating: UInt8($0.offset), count: $0.element) }
        let order = ImageOrders.evaluation(of: Array(labels.indices), labels: labels, classes: 4, seed: 0)
        #expect(order.sorted() == Array(0..<101))
        for count in 1...101 {
            for (label, size) in sizes.enumerated() {
                let seen = order[..<count].count { Int(labels[$0]) == label }
                #expect(abs(Double(seen) - Double(count * size) / 101) < 1, "\(count) images, class \(label)")
            }
        }
        #expect(order != ImageOrders.evaluation(of: Array(labels.indices), labels: labels, classes: 4, seed: 1))
    }

    @Test("Crops and flips are keyed, keep labels, and pad with raw zero before normalisation")
    func augmentation() throws {
        let set = try RecognisedDataset(at: "digits").loadTraining()
        func batch(_ step: UInt64) -> ImageBatch {
            let change = Augmentation(padding: 1, flips: true, seed: 4, step: step, shard: 2)
            return BatchAssembler.assemble(set, indices: [3, 3, 3, 3, 3, 3, 3, 3], augmentation: change)
        }
        #expect(batch(1) == batch(1))
        #expect(batch(1) != batch(2))
        let shown = Set((0..<8).map { Array(batch(1).pixels[$0 * 64..<$0 * 64 + 64]) })
        #expect(shown.count > 3)
        let zero = (0 - set.mean[0]) / set.deviation[0]
        let shifted = Augmentation(padding: 16, flips: false, seed: 4, step: 9, shard: 0)
        let far = BatchAssembler.assemble(set, indices: Array(0..<200), augmentation: shifted)
        #expect(far.pixels.min() == zero)
        #expect(Array(far.labels) == (0..<200).map { Int32(set.images.labels[$0]) })
    }

    @Test("Cutout covers every pixel as often as a clipped square with a uniform centre does, and cuts nothing else")
    func cutout() throws {
        let set = try RecognisedDataset(at: "digits").loadTraining()
        let count = 4000
        func batch(_ length: Int, step: UInt64 = 7) -> ImageBatch {
            let change = Augmentation(padding: 1, flips: false, cutoutLength: length, seed: 4, step: step, shard: 2)
            return BatchAssembler.assemble(set, indices: Array(repeating: 5, count: count), augmentation: change)
        }
        let (plain, cut) = (batch(0), batch(4))
        #expect(cut == batch(4) && cut != batch(4, step: 8))
        #expect(cut == batch(5), "an odd length is one shorter, as in DARTS")
        #expect(!plain.pixels.contains(0), "no pixel is the mean by itself")
        var covered = [Int](repeating: 0, count: 64)
        for image in 0..<count {
            let holes = (0..<64).filter { cut.pixels[image * 64 + $0] == 0 }
            for place in holes { covered[place] += 1 }
            let (rows, columns) = (Set(holes.map { $0 / 8 }), Set(holes.map { $0 % 8 }))
            #expect(holes.count == rows.count * columns.count && (2...4).contains(rows.count))
            for place in 0..<64 where !holes.contains(place) {
                #expect(cut.pixels[image * 64 + place] == plain.pixels[image * 64 + place])
            }
        }
        // A centre c covers c - 2 to c + 1: of the eight centres 3, 4, 4, 4, 4, 4, 3, 2 cover row 0 to 7.
        let centres = [3, 4, 4, 4, 4, 4, 3, 2]
        for place in 0..<64 {
            let share = Double(centres[place / 8] * centres[place % 8]) / 64
            let deviation = (share * (1 - share) / Double(count)).squareRoot()
            #expect(abs(Double(covered[place]) / Double(count) - share) < 5 * deviation, "pixel \(place)")
        }
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        try body(folder)
    }

    @Test("CIFAR-100 is read by its fine labels, its constants are computed, and a label out of range is named")
    func cifar100() throws {
        try withFolder { folder in
            // Coarse label, fine label, then red, green and blue planes of one value each.
            let records = (0..<100).map { image in
                var record: [UInt8] = [UInt8(image / 5), UInt8(99 - image)]
                for value in [image, 2 * image, 7] { record += [UInt8](repeating: UInt8(value), count: 1024) }
                return record
            }
            try FileSystem.writeFile("\(folder)/train.bin", records.flatMap { $0 })
            let set = try RecognisedDataset(at: folder).loadTraining()
            #expect(set.classes == 100 && set.channels == 3 && set.height == 32 && set.images.count == 100)
            #expect(set.images.labels == (0..<100).map { UInt8(99 - $0) })
            #expect(set.images.pixels[5 * 3072] == 5 && set.images.pixels[5 * 3072 + 1024] == 10)
            #expect(abs(set.mean[0] - 49.5 / 255) < 1e-6)
            #expect(set.deviation[2] == 1, "a channel without variation is not divided by zero")
            var wrong = records
            wrong[3][1] = 100
            try FileSystem.writeFile("\(folder)/train.bin", wrong.flatMap { $0 })
            do {
                _ = try RecognisedDataset(at: folder).loadTraining()
                Issue.record("label 100 was taken")
            } catch let error as UserError {
                #expect(error.exitCode == .data && error.sentence.contains("record 3 has label 100"))
            }
        }
    }

    @Test("IDX files are read plain, shape and classes are discovered, and their constants come from the training part")
    func idx() throws {
        try withFolder { folder in
            let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 6, 0, 0, 0, 8, 0, 0, 0, 12]
            let pixels = (0..<6 * 96).map { UInt8(truncatingIfNeeded: $0 * 5) }
            try FileSystem.writeFile("\(folder)/train-images-idx3-ubyte", header + pixels)
            try FileSystem.writeFile(
                "\(folder)/train-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 6, 0, 1, 2, 3, 3, 1])
            let set = try RecognisedDataset(at: folder).loadTraining()
            #expect(set.height == 8 && set.width == 12 && set.classes == 4 && set.images.count == 6)
            #expect(set.images.pixels == pixels && !set.flips && set.cropPadding == 2)
            checkNormalised(set, tolerance: 1e-5)
        }
    }

    @Test(
        "The real CIFAR-10 files: counts, labels, normalisation near 0 and 1",
        .enabled(if: FileSystem.exists("\(real)/cifar-10-small"), "no real images in \(real)"))
    func cifar() throws {
        let set = try RecognisedDataset(at: "\(Self.real)/cifar-10-small").loadTraining()
        #expect(
            set.images.count == 7800 && set.classes == 10 && set.channels == 3 && set.cropPadding == 4 && set.flips)
        #expect((0..<10).allSatisfy { label in set.images.labels.count { $0 == label } == 780 })
        checkNormalised(set, tolerance: 0.03)
    }

    @Test(
        "The real Fashion-MNIST files, packed: counts, labels, mean 0 and deviation 1",
        .enabled(if: FileSystem.exists("\(real)/fashion-mnist"), "no real images in \(real)"))
    func fashion() throws {
        let set = try RecognisedDataset(at: "\(Self.real)/fashion-mnist").loadTraining()
        #expect(set.images.count == 60_000 && set.classes == 10 && set.height == 28 && set.cropPadding == 2)
        #expect((0..<10).allSatisfy { label in set.images.labels.count { $0 == label } == 6000 })
        checkNormalised(set, tolerance: 1e-3)
    }
}
