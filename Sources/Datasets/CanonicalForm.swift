package import Formats

/// The form in which a data set is digested and sent: one header line a fact, then labels, then pixels. The digest is
/// SHA-256 over it, so equal digests mean equal shape, classes, split, labels, pixels and constants; of renumbered labels the
/// files' ones, too.
extension ImageSet {
    private static let firstLine = "snas images 1"

    /// What the digest is of and what workers are sent. Mean and deviation stand in it as the bits of their floats.
    package func canonicalBytes() -> [UInt8] {
        let header =
            [
                Self.firstLine, "name \(name)", "part \(part.rawValue)", "images \(images.count)",
                "channels \(channels)",
                "height \(height)", "width \(width)", "classes \(classes)", "crop_padding \(cropPadding)",
                "flips \(flips ? 1 : 0)", "mean \(bits(mean))", "deviation \(bits(deviation))",
            ] + (fileLabels.map { ["file_labels \(words($0))"] } ?? []) + ["", ""]
        return Array(header.joined(separator: "\n").utf8) + images.labels + images.pixels
    }

    /// 32 bytes.
    package func digest() -> [UInt8] { SHA256.digest(canonicalBytes()) }

    private func bits(_ values: [Float]) -> String {
        values.map { String($0.bitPattern, radix: 16) }.joined(separator: " ")
    }

    private func words(_ labels: [UInt8]) -> String { labels.map(String.init).joined(separator: " ") }

    /// Reads what `canonicalBytes` writes, from a file or a peer that may be wrong.
    ///
    /// - Throws: `FormatError` for anything else.
    package init(canonicalBytes bytes: [UInt8], source: String) throws(FormatError) {
        func fail(_ reason: String) -> FormatError { FormatError(source: source, reason: reason) }
        guard let end = Self.headerEnd(bytes), let text = String(validating: bytes[..<end], as: UTF8.self) else {
            throw fail("no header of a data set")
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.first == Self.firstLine else { throw fail("not '\(Self.firstLine)'") }
        var facts: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            if parts.count == 2 { facts[parts[0]] = parts[1] }
        }
        func number(_ key: String, _ range: ClosedRange<Int>) throws(FormatError) -> Int {
            guard let value = facts[key].flatMap({ Int($0) }), range.contains(value) else {
                throw fail("\(key) is '\(facts[key] ?? "")'")
            }
            return value
        }
        guard let part = facts["part"].flatMap(Part.init(rawValue:)) else {
            throw fail("part is '\(facts["part"] ?? "")'")
        }
        let count = try number("images", 1...100_000_000)
        let channels = try number("channels", 1...64)
        let height = try number("height", 1...4096)
        let width = try number("width", 1...4096)
        let classes = try number("classes", 2...256)
        let start = end + 2
        guard bytes.count - start == count * (1 + channels * height * width) else {
            throw fail("\(bytes.count - start) bytes for \(count) images of \(channels) x \(height) x \(width)")
        }
        let labels = Array(bytes[start..<start + count])
        guard labels.allSatisfy({ $0 < classes }) else { throw fail("a label is not below \(classes)") }
        let constants = ["mean", "deviation"].map { key in
            (facts[key] ?? "").split(separator: " ").compactMap { UInt32($0, radix: 16).map(Float.init(bitPattern:)) }
        }
        guard constants.allSatisfy({ $0.count == channels && $0.allSatisfy(\.isFinite) }),
            constants[1].allSatisfy({ $0 > 0 })
        else { throw fail("\(channels) channels want a mean and a positive deviation each") }
        let fileLabels = facts["file_labels"].map { $0.split(separator: " ").compactMap { UInt8($0) } }
        guard fileLabels.map({ $0.count == classes && zip($0, $0.dropFirst()).allSatisfy(<) }) ?? true else {
            throw fail("file_labels is '\(facts["file_labels"] ?? "")'")
        }
        self.init(
            name: facts["name"] ?? "unknown", channels: channels, height: height, width: width, classes: classes,
            part: part, images: ImagePart(pixels: Array(bytes[(start + count)...]), labels: labels), mean: constants[0],
            deviation: constants[1], cropPadding: try number("crop_padding", 0...64),
            flips: try number("flips", 0...1) == 1, fileLabels: fileLabels)
    }

    /// Where the empty line after the header begins.
    private static func headerEnd(_ bytes: [UInt8]) -> Int? {
        let limit = min(bytes.count, 8192)
        for position in 0..<max(0, limit - 1) where bytes[position] == 0x0A && bytes[position + 1] == 0x0A {
            return position
        }
        return nil
    }
}
