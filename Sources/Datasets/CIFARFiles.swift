import Host

/// The binary CIFAR formats (A. Krizhevsky, *Learning Multiple Layers of Features from Tiny Images*, 2009): a record is one
/// label byte (CIFAR-100: coarse, then fine), then 1,024 red, green and blue bytes, row-major.
enum CIFARFiles {
    static let pixelBytes = 3072
    /// Five times the size of the full training set.
    static let limitBytes = 1 << 30

    /// DARTS's and SNAS's constants.
    static let mean10: [Float] = [0.49139968, 0.48215827, 0.44653124]
    static let deviation10: [Float] = [0.24703233, 0.24348505, 0.26158768]

    static let testName = "test_batch.bin"

    static func isBatch(_ name: String) -> Bool { name.hasPrefix("data_batch_") && name.hasSuffix(".bin") }

    static func loadTraining10(_ folder: String) throws -> ImageSet {
        var parts: [ImagePart] = []
        for number in 1...5 {
            let path = "\(folder)/data_batch_\(number).bin"
            guard FileSystem.exists(path) else {
                throw UserError(.noInput, "CIFAR-10 is not whole: \(path) is missing")
            }
            parts.append(try read(path, labelBytes: 1, classes: 10))
        }
        return set("CIFAR-10", classes: 10, parts, Normalisation(mean: mean10, deviation: deviation10))
    }

    static func loadTraining100(_ folder: String) throws -> ImageSet {
        let part = try read("\(folder)/train.bin", labelBytes: 2, classes: 100)
        return set("CIFAR-100", classes: 100, [part], Normalisation(of: part, channels: 3))
    }

    static func readTest10(_ folder: String) throws -> TestImages {
        try readTest("\(folder)/\(testName)", "CIFAR-10", labelBytes: 1, classes: 10)
    }

    static func readTest100(_ folder: String) throws -> TestImages {
        try readTest("\(folder)/test.bin", "CIFAR-100", labelBytes: 2, classes: 100)
    }

    private static func readTest(
        _ path: String, _ name: String, labelBytes: Int, classes: Int
    ) throws -> TestImages {
        guard FileSystem.exists(path) else {
            throw UserError(.noInput, "\(name) without a test part: \(path) is missing")
        }
        return TestImages(
            channels: 3, height: 32, width: 32, classes: classes,
            part: try read(path, labelBytes: labelBytes, classes: classes))
    }

    private static func set(
        _ name: String, classes: Int, _ parts: [ImagePart], _ normalisation: Normalisation
    ) -> ImageSet {
        let whole = ImagePart(pixels: parts.flatMap(\.pixels), labels: parts.flatMap(\.labels))
        return ImageSet(
            name: name, channels: 3, height: 32, width: 32, classes: classes, images: whole, mean: normalisation.mean,
            deviation: normalisation.deviation, cropPadding: 4, flips: true)
    }

    private static func read(_ path: String, labelBytes: Int, classes: Int) throws -> ImagePart {
        let bytes = try FileSystem.readFile(path, limitBytes: limitBytes)
        let record = labelBytes + pixelBytes
        guard bytes.count > 0, bytes.count % record == 0 else {
            throw UserError(
                .data, "\(path) has \(bytes.count) bytes, which is no whole number of records of \(record) bytes")
        }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(bytes.count)
        var labels: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: record) {
            let label = bytes[start + labelBytes - 1]
            guard label < classes else {
                throw UserError(
                    .data,
                    "\(path): record \(start / record) has label \(label), \(classes) classes have 0 to \(classes - 1)")
            }
            labels.append(label)
            pixels += bytes[start + labelBytes..<start + record]
        }
        return ImagePart(pixels: pixels, labels: labels)
    }
}
