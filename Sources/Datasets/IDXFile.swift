import Host

/// The IDX format of MNIST and its successors: two zero bytes, a type, the number of sides, the sides as big-endian words,
/// the values. Plain or `.gz`.
enum IDXFile {
    static func loadTraining(_ folder: DataFolder) throws -> ImageSet {
        let (sides, part) = try readPart(.training, of: folder)
        let normalisation = Normalisation(of: part, channels: 1)
        return ImageSet(
            name: "IDX", channels: 1, height: sides[1], width: sides[2], classes: Int(part.labels.max() ?? 0) + 1,
            images: part,
            mean: normalisation.mean, deviation: normalisation.deviation, cropPadding: 2, flips: false)
    }

    static func readTest(_ folder: DataFolder) throws -> TestImages {
        let (sides, part) = try readPart(.test, of: folder)
        return TestImages(channels: 1, height: sides[1], width: sides[2], classes: nil, part: part)
    }

    /// A file's name within the folder; its usual one where it is missing.
    static func name(of role: DataFile.Role, in folder: DataFolder) -> String {
        let path = folder.file(role) ?? folder.wanted(role)
        return path.hasPrefix(folder.path + "/") ? String(path.dropFirst(folder.path.count + 1)) : path
    }

    private static func readPart(
        _ part: ImageSet.Part, of folder: DataFolder
    ) throws -> (sides: [Int], part: ImagePart) {
        func file(_ role: DataFile.Role) throws(UserError) -> String {
            guard let path = folder.file(role) else {
                throw UserError(
                    .noInput,
                    "IDX files without a \(part.rawValue) part: \(folder.wanted(role)) (plain or .gz) is missing")
            }
            return path
        }
        let (images, labels) = (try file(.idxImages(part)), try file(.idxLabels(part)))
        let (sides, pixels) = try read(images, dimensions: 3)
        let (counts, classes) = try read(labels, dimensions: 1)
        guard sides[0] == counts[0] else {
            throw UserError(
                .data,
                "\(folder.path): \(sides[0]) images in \(name(of: .idxImages(part), in: folder)), but \(counts[0]) labels in "
                    + name(of: .idxLabels(part), in: folder))
        }
        return (sides, ImagePart(pixels: pixels, labels: classes))
    }

    private static func read(_ path: String, dimensions: Int) throws -> (sides: [Int], values: [UInt8]) {
        let bytes = try DataFile.read(path)
        let header = 4 + 4 * dimensions
        guard bytes.count >= header, bytes[0] == 0, bytes[1] == 0, bytes[2] == 8, Int(bytes[3]) == dimensions else {
            throw UserError(
                .data,
                "\(path) does not start as an IDX file of bytes with \(dimensions) sides (0, 0, 8, \(dimensions)): "
                    + "\(bytes.prefix(4))")
        }
        var sides: [Int] = []
        var product = 1
        for side in 0..<dimensions {
            let word = bytes[4 + 4 * side..<8 + 4 * side].reduce(0) { $0 << 8 | Int($1) }
            guard word > 0, word <= 1 << 24, product <= DataFile.limitBytes / word else {
                throw UserError(.data, "\(path): sides \(sides + [word]) are no images")
            }
            product *= word
            sides.append(word)
        }
        guard bytes.count == header + product else {
            throw UserError(
                .data, "\(path) has \(bytes.count) bytes, its header promises \(header + product) (sides \(sides))")
        }
        return (sides, Array(bytes[header...]))
    }
}
