import Reporting

/// The settings of a run as its folder has them for people, with where each value came from.
enum KeptSettings {
    /// `configuration.yaml` has where each value came from; an earlier version's run may have the values alone.
    /// - Throws: `SystemError`.
    static func read(_ directory: RunDirectory) throws -> [PageRun.Setting] {
        guard let bytes = try directory.read("configuration.yaml") else { return try plain(directory) }
        var section = ""
        var settings: [PageRun.Setting] = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            guard line.hasPrefix("  ") else {
                section = String(line.prefix { $0 != ":" })
                continue
            }
            let parts = line.dropFirst(2).split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let (value, origin) = parted(parts[1])
            settings.append(.init(key: "\(section).\(parts[0])", value: value, origin: origin))
        }
        return settings
    }

    /// At the first mark of a comment behind two spaces: no value has one.
    private static func parted(_ text: Substring) -> (value: String, origin: String) {
        guard let mark = text.firstRange(of: "  # ") else { return (trimmed(text), "") }
        return (trimmed(text[..<mark.lowerBound]), trimmed(text[mark.upperBound...]))
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    private static func plain(_ directory: RunDirectory) throws -> [PageRun.Setting] {
        guard let bytes = try directory.read("configuration.txt") else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            return .init(key: trimmed(parts[0]), value: trimmed(parts[1]), origin: "")
        }
    }
}
