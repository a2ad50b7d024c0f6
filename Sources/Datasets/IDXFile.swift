import Formats
import Host

/// The IDX format of MNIST and its successors: two zero bytes, a type, the number of sides, the sides as big-endian words,
/// the values. Plain or `.gz`.
enum IDXFile {
    /// Fashion-MNIST unpacks to 47 MB.
    static let limitBytes = 1 << 30

    static func loadTraining(_ folder: String, images: String, labels: String) throws -> ImageSet {
        let (sides, part) = try readPart(folder, images: images, labels: labels)
        let classes = part.labels
        guard let last = classes.max(), last > 0 else {
            throw UserError(.data, "\(folder)/\(labels): \(classes.count) labels of fewer than two classes")
        }
        let limit: UInt8 = 99
        guard last <= limit else {
            let place = classes.firstIndex { $0 > limit } ?? 0
            throw UserError(.data, "\(folder)/\(labels): label \(classes[place]) of image \(place) is over \(limit)")
        }
        let normalisation = Normalisation(of: part, channels: 1)
        return ImageSet(
            name: "IDX", channels: 1, height: sides[1], width: sides[2], classes: Int(last) + 1, images: part,
            mean: normalisation.mean, deviation: normalisation.deviation, cropPadding: 2, flips: false)
    }

    /// - Parameters: names of the files, empty where there are none.
    static func readTest(_ folder: String, images: String, labels: String) throws -> TestImages {
        for (name, wanted) in [(images, "t10k-images-idx3-ubyte"), (labels, "t10k-labels-idx1-ubyte")]
        where name.isEmpty {
            throw UserError(.noInput, "IDX files without a test part: \(folder)/\(wanted) (plain or .gz) is missing")
        }
        let (sides, part) = try readPart(folder, images: images, labels: labels)
        return TestImages(channels: 1, height: sides[1], width: sides[2], classes: nil, part: part)
    }

    private static func readPart(
        _ folder: String, images: String, labels: String
    ) throws -> (sides: [Int], part: ImagePart) {
        let (sides, pixels) = try read("\(folder)/\(images)", dimensions: 3)
        let (counts, classes) = try read("\(folder)/\(labels)", dimensions: 1)
        guard sides[0] == counts[0] else {
            throw UserError(.data, "\(folder): \(sides[0]) images in \(images), but \(counts[0]) labels in \(labels)")
        }
        return (sides, ImagePart(pixels: pixels, labels: classes))
    }

    private static func read(_ path: String, dimensions: Int) throws -> (sides: [Int], values: [UInt8]) {
        var bytes = try FileSystem.readFile(path, limitBytes: limitBytes)
        if Gunzip.isGzip(bytes) {
            do {
                bytes = try Gunzip.inflate(bytes, source: path, limitBytes: limitBytes)
            } catch { throw UserError(.data, error.description) }
        }
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
            guard word > 0, word <= 1 << 24, product <= limitBytes / word else {
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
