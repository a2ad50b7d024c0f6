import Host

/// A text file with a bound, to which lines come for as long as a run goes on: when it is full it takes the place of the one
/// before it (`log.txt` that of `log.1.txt`), and a new one begins. The newest lines are always in the file of that name.
struct RotatedFile: Sendable {
    private let folder: String
    private let stem: String
    private let suffix: String
    private let limitBytes: Int

    /// - Parameters:
    ///   - name: with one dot.
    ///   - limitBytes: beyond it the next line begins a new file.
    init(_ name: String, in folder: String, limitBytes: Int) {
        let parts = name.split(separator: ".", maxSplits: 1)
        precondition(parts.count == 2 && limitBytes > 0)
        self.folder = folder
        stem = String(parts[0])
        suffix = String(parts[1])
        self.limitBytes = limitBytes
    }

    var path: String { "\(folder)/\(stem).\(suffix)" }

    var pathBefore: String { "\(folder)/\(stem).1.\(suffix)" }

    /// - Parameter line: without its end.
    /// - Throws: `SystemError`.
    func append(_ line: String) throws {
        if let size = FileSystem.size(path), size >= limitBytes { try FileSystem.rename(path, to: pathBefore) }
        try FileSystem.appendFile(path, Array((line + "\n").utf8))
    }
}
