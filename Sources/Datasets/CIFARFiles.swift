import Host

/// The binary CIFAR formats (A. Krizhevsky, *Learning Multiple Layers of Features from Tiny Images*, 2009): a record is one
/// label byte (CIFAR-100: coarse, then fine), then 1,024 red, green and blue bytes, row-major.
enum CIFARFiles {
    static let pixelBytes = 3072

    /// DARTS's and SNAS's constants.
    static let mean10: [Float] = [0.49139968, 0.48215827, 0.44653124]
    static let deviation10: [Float] = [0.24703233, 0.24348505, 0.26158768]

    static func loadTraining10(_ folder: DataFolder) throws -> ImageSet {
        var parts: [ImagePart] = []
        for number in 1...5 {
            let path = try file(.cifar10Training(number), of: folder, otherwise: "CIFAR-10 is not whole")
            parts.append(try read(path, labelBytes: 1, classes: 10))
        }
        return set("CIFAR-10", classes: 10, parts, Normalisation(mean: mean10, deviation: deviation10))
    }

    static func loadTraining100(_ folder: DataFolder) throws -> ImageSet {
        let path = try file(.cifar100Training, of: folder, otherwise: "CIFAR-100 without a training part")
        let part = try read(path, labelBytes: 2, classes: 100)
        return set("CIFAR-100", classes: 100, [part], Normalisation(of: part, channels: 3))
    }

    static func readTest10(_ folder: DataFolder) throws -> TestImages {
        try readTest(
            file(.cifar10Test, of: folder, otherwise: "CIFAR-10 without a test part"), labelBytes: 1, classes: 10)
    }

    static func readTest100(_ folder: DataFolder) throws -> TestImages {
        try readTest(
            file(.cifar100Test, of: folder, otherwise: "CIFAR-100 without a test part"), labelBytes: 2, classes: 100)
    }

    private static func file(
        _ role: DataFile.Role, of folder: DataFolder, otherwise fault: String
    ) throws(UserError) -> String {
        guard let path = folder.file(role) else {
            throw UserError(.noInput, "\(fault): \(folder.wanted(role)) is missing")
        }
        return path
    }

    private static func readTest(_ path: String, labelBytes: Int, classes: Int) throws -> TestImages {
        TestImages(
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
        let bytes = try DataFile.read(path)
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
