package import Configuration
package import Datasets
import Formats
import Host

/// What a run's folder says of how the run began: its configuration and its data set.
package struct RunRecord {
    /// As it stands in the folder; which flags and files it came from is not read.
    package let configuration: SearchConfiguration
    /// The training part of the data set, read anew.
    package let data: ImageSet
    /// What the folder says of the data set, and what was found.
    private let before: DataRecord
    private let found: DataRecord

    private static let configurationName = "configuration.txt"
    private static let configurationDigestName = "configuration.sha256"

    /// Whether the folder says how its run began: a crash may have come before it did.
    package static func isThere(in directory: RunDirectory) -> Bool { isThere(inFolder: directory.path) }

    static func isThere(inFolder path: String) -> Bool {
        FileSystem.exists("\(path)/\(configurationName)") && DataRecord.isThere(inFolder: path)
    }

    /// Writes `configuration.yaml` for people, `configuration.txt` with its digest and the record of the data set for a resume.
    ///
    /// - Parameter dataLocation: a folder, or the name of an embedded set; a resume looks for the data set there.
    /// - Throws: `SystemError`.
    package static func write(
        _ resolved: ResolvedConfiguration, data: ImageSet, dataLocation: String, to directory: RunDirectory
    ) throws {
        try writeSources(resolved, to: directory)
        try writeConfiguration(resolved.configuration, to: directory)
        try DataRecord(data, at: dataLocation).write(to: directory)
    }

    /// `configuration.yaml`, and copies of the files whose contents the configuration has taken over: the run itself reads neither.
    ///
    /// - Throws: `SystemError`.
    package static func writeSources(_ resolved: ResolvedConfiguration, to directory: RunDirectory) throws {
        for (name, text) in resolved.files.sorted(by: { $0.key < $1.key }) { try directory.write(name, text) }
        try directory.write("configuration.yaml", resolved.yaml)
    }

    /// With its digest beside it (as `sha256sum -c` reads it): a run that goes on with one damaged setting would be another run.
    static func writeConfiguration(_ configuration: SearchConfiguration, to directory: RunDirectory) throws {
        let text = configuration.canonicalText
        let digest = Hexadecimal.string(SHA256.digest(Array(text.utf8)))
        try directory.write(configurationDigestName, "\(digest)  \(configurationName)\n")
        try directory.write(configurationName, text)
    }

    /// The configuration of a run that this version or an earlier one began, for whoever reads the run.
    ///
    /// - Throws: `UserError`: data where the file is missing or damaged, protocolMismatch where this program does not know a
    ///   setting.
    package static func configuration(of directory: RunDirectory) throws -> SearchConfiguration {
        try stored(of: directory).configuration
    }

    /// What a command asks for now, with what the version that began the run did where it lacked a setting of which the command
    /// says nothing: it was the same command.
    static func asked(
        _ configuration: SearchConfiguration, of directory: RunDirectory
    ) throws -> SearchConfiguration {
        try stored(of: directory).filling(configuration)
    }

    private static func stored(of directory: RunDirectory) throws -> SearchConfiguration.Stored {
        guard let text = try directory.read(configurationName) else {
            throw UserError(.data, "'\(directory.path)' lacks \(configurationName)")
        }
        // Runs of earlier versions have none.
        if let told = try directory.read(configurationDigestName) {
            let digest = Hexadecimal.string(SHA256.digest(text))
            guard String(decoding: told, as: UTF8.self) == "\(digest)  \(configurationName)\n" else {
                throw UserError(
                    .data,
                    "'\(directory.path)/\(configurationName)' is damaged: its digest differs from the one beside it")
            }
        }
        return try SearchConfiguration.Stored(String(decoding: text, as: UTF8.self))
    }

    /// The configuration of a run whose steps go on.
    ///
    /// - Throws: `UserError` (protocolMismatch) where an earlier version began it that knew fewer settings, or held a size by other
    ///   means: what it did in their place this version cannot repeat to the same bits.
    static func configurationToContinue(_ directory: RunDirectory) throws -> SearchConfiguration {
        let stored = try stored(of: directory)
        guard let difference = try difference(of: stored, in: directory) else { return stored.configuration }
        throw UserError(
            .protocolMismatch,
            "run '\(directory.path)' was begun by an earlier snas, which \(difference): this one cannot go on with "
                + "it to the same bits; it still reads the run, and begins anew with --config "
                + ShellWord.quoted("\(directory.path)/configuration.yaml"))
    }

    /// What the version that began the run did otherwise; nil where it did nothing otherwise.
    private static func difference(
        of stored: SearchConfiguration.Stored, in directory: RunDirectory
    ) throws -> String? {
        if let first = stored.missing.first {
            let others = stored.missing.count == 1 ? "" : " and \(stored.missing.count - 1) more settings"
            return "did not know \(first)\(others)"
        }
        let holdsSizeOtherwise = try RunFormat.read(of: directory.path) < RunFormat.firstWithDualAscent
        return stored.configuration.budget.asksForSize && holdsSizeOtherwise
            ? "held the size that it asks for by other means" : nil
    }

    /// Reads the training part again, and believes it only if it is the one that the run began with.
    ///
    /// - Parameter place: where the user says that the data set is; nil is where it lay.
    /// - Throws: `UserError`.
    package init(of directory: RunDirectory, dataAt place: String? = nil) throws {
        configuration = try Self.configurationToContinue(directory)
        before = try DataRecord(of: directory)
        (data, found) = try before.load(from: place, compactsLabels: configuration.data.labels == .compact)
    }

    /// Notes down where the data set lies now, and makes the folder one of this program's format. By whoever holds the run.
    ///
    /// - Throws: `SystemError`.
    package func keep(in directory: RunDirectory) throws {
        let isEarlier = try RunFormat.read(of: directory.path) < RunFormat.current
        if isEarlier || found.location != before.location { try found.write(to: directory) }
        if isEarlier { try RunFormat.write(to: directory.path) }
    }
}
