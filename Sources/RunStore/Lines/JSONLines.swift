import Formats
import Host

/// A file of JSON objects, one a line, in a run's folder. It grows at its end; a crash may have cut the last line short, so
/// whoever reads it passes over what is no object.
struct JSONLines: Sendable {
    private let directory: RunDirectory
    private let name: String

    private static let end = UInt8(ascii: "\n")

    init(_ name: String, in directory: RunDirectory) {
        self.directory = directory
        self.name = name
    }

    var path: String { "\(directory.path)/\(name)" }

    /// Without a sync.
    ///
    /// - Throws: `SystemError`.
    func append(_ line: JSONValue) throws {
        try FileSystem.appendFile(path, Array((line.serialized() + "\n").utf8))
    }

    /// None where there is no file.
    ///
    /// - Throws: `SystemError`.
    func values() throws -> [JSONValue] { try lines().compactMap(value) }

    /// Leaves the lines that are wanted, as they stand; the file is replaced at once.
    ///
    /// - Throws: `SystemError`.
    func keep(where isWanted: (JSONValue) -> Bool) throws {
        guard FileSystem.exists(path) else { return }
        try write(try lines().filter { value($0).map(isWanted) ?? false })
    }

    /// So that what is written next does not become part of a line that was cut short.
    ///
    /// - Throws: `SystemError`.
    func closeLastLine() throws {
        if let last = try directory.read(name)?.last, last != Self.end { try FileSystem.appendFile(path, [Self.end]) }
    }

    // MARK: Lines as they stand

    func lines() throws -> [ArraySlice<UInt8>] { (try directory.read(name) ?? []).split(separator: Self.end) }

    func write(_ lines: [ArraySlice<UInt8>]) throws {
        try directory.write(name, Array(lines.map { $0 + [Self.end] }.joined()))
    }

    private func value(_ line: ArraySlice<UInt8>) -> JSONValue? { try? JSONValue.parse(Array(line), source: name) }
}
