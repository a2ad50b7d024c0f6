import Host

/// The hosts that workers are started on (`--hosts`): a file with a line for each, or names with commas between them.
///
///     # comments and empty lines are passed over
///     gpu01
///     gpu02:2222  slots=2 threads=8
///     user@gpu03  device=cuda:0 data=/scratch/cifar10
package struct HostList: Sendable, Equatable {
    /// In the order in which they were given; no label twice.
    package let hosts: [WorkerHost]

    /// As many workers as a coordinator takes.
    package static let workersAtMost = 1024
    /// Of a host file.
    package static let limitBytes = 1 << 20

    /// For the log: one host by name, several by number.
    package var summary: String { hosts.count == 1 ? hosts[0].description : "\(hosts.count) hosts" }

    init(hosts: [WorkerHost]) { self.hosts = hosts }

    /// - Parameter text: a host file's.
    /// - Throws: `HostListError` with the place of the first mistake.
    package init(parsing text: String) throws(HostListError) {
        var reader = HostListReader()
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            try reader.read(line, number: index + 1)
        }
        hosts = try reader.finished()
    }

    /// - Parameter text: names, each perhaps with `:port`, and commas between them.
    /// - Throws: `HostListError`; its column counts in the whole text.
    package init(ofNames text: String) throws(HostListError) {
        var reader = HostListReader()
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let column = text.distance(from: text.startIndex, to: part.startIndex)
            guard !part.contains(where: \.isWhitespace), !part.isEmpty else {
                throw HostListError(
                    line: nil, column: column + 1, reason: "a name is wanted between commas, as in gpu01,gpu02:2222")
            }
            try reader.read(part, number: nil, columnsBefore: column)
        }
        hosts = try reader.finished()
    }

    /// Reads `--hosts`: a file where there is one of that name, a list of names elsewhere.
    ///
    /// - Returns: the file's path too; nil for a list.
    /// - Throws: `UserError`: noInput for a file that is not there, configuration for mistakes in one, usage for mistakes in a list.
    package static func given(_ text: String) throws -> (list: HostList, path: String?) {
        if FileSystem.exists(text) { return (try read(text), text) }
        if text.contains("/") {
            throw UserError(.noInput, "there is no host file \(text)")
        }
        do { return (try HostList(ofNames: text), nil) } catch {
            throw UserError(.usage, "--hosts '\(text)': \(error); and there is no file of that name")
        }
    }

    /// - Throws: `UserError`: inputOutput or noInput where it cannot be read, configuration with line and column of a mistake.
    package static func read(_ path: String) throws -> HostList {
        let bytes = try FileSystem.readFile(path, limitBytes: limitBytes)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw UserError(.configuration, "\(path) is no text in UTF-8")
        }
        do { return try HostList(parsing: text) } catch {
            throw UserError(.configuration, "\(path):\(error)")
        }
    }
}

/// A mistake in a list of hosts, with its place.
package struct HostListError: Error, Sendable, Equatable, CustomStringConvertible {
    /// From 1; nil in a list of one line.
    package let line: Int?
    /// In characters, from 1.
    package let column: Int
    /// What is wrong, and what is wanted.
    package let reason: String

    /// Line, column and reason, to be put behind a file's name.
    package var description: String { (line.map { "\($0):\(column): " } ?? "column \(column): ") + reason }
}
