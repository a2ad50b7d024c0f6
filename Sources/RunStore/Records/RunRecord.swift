package import Configuration
package import Datasets
import Formats
import Host

/// What a run's folder says of how the run began: its configuration, and where its data set lay and what its digest was.
package struct RunRecord {
    /// As it stands in the folder; which flags and files it came from is not read.
    package let configuration: SearchConfiguration
    /// The training part of the data set, read anew from where it lay.
    package let data: ImageSet

    private static let dataName = "data.txt"
    private static let configurationName = "configuration.txt"
    private static let configurationDigestName = "configuration.sha256"

    /// Whether the folder says how its run began: a crash may have come before it did.
    package static func isThere(in directory: RunDirectory) -> Bool {
        [configurationName, dataName].allSatisfy { FileSystem.exists("\(directory.path)/\($0)") }
    }

    /// Writes `configuration.yaml` for people, `configuration.txt` with its digest and `data.txt` for a resume.
    ///
    /// - Parameter dataLocation: a folder, or the name of an embedded set; a resume reads the data set from there.
    /// - Throws: `SystemError`.
    package static func write(
        _ resolved: ResolvedConfiguration, data: ImageSet, dataLocation: String, to directory: RunDirectory
    ) throws {
        try directory.write("configuration.yaml", resolved.yaml)
        try writeConfiguration(resolved.configuration, to: directory)
        try directory.write(dataName, "\(dataLocation)\n\(Hexadecimal.string(data.digest()))\n")
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
    /// - Throws: `UserError` (protocolMismatch) where an earlier version began it that knew fewer settings: what it did in their
    ///   place this version cannot repeat to the same bits.
    static func configurationToContinue(_ directory: RunDirectory) throws -> SearchConfiguration {
        let stored = try stored(of: directory)
        guard let first = stored.missing.first else { return stored.configuration }
        let others = stored.missing.count == 1 ? "" : " and \(stored.missing.count - 1) more settings"
        throw UserError(
            .protocolMismatch,
            "run '\(directory.path)' was begun by an earlier snas, which did not know \(first)\(others): this one cannot go on with "
                + "it to the same bits; it still reads the run, and begins anew with --config "
                + "\(directory.path)/configuration.yaml")
    }

    /// Where the training images lay when the run began, and the SHA-256 of the data set's canonical form, in hexadecimal digits.
    ///
    /// - Throws: `UserError` (data) where the folder does not say so.
    package static func data(of directory: RunDirectory) throws -> (location: String, digest: String) {
        guard let text = try directory.read(dataName) else {
            throw UserError(.data, "'\(directory.path)' lacks \(dataName)")
        }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        guard lines.count == 2 else { throw UserError(.data, "\(directory.path)/\(dataName) should hold two lines") }
        return (lines[0], lines[1])
    }

    /// Reads the training part again, and believes it only if it is the one that the run began with.
    package init(of directory: RunDirectory) throws {
        configuration = try Self.configurationToContinue(directory)
        let (location, wanted) = try Self.data(of: directory)
        data = try RecognisedDataset(at: location).loadTraining()
        let digest = Hexadecimal.string(data.digest())
        guard digest == wanted else {
            throw UserError(.data, "the data set at '\(location)' has digest \(digest), the run began with \(wanted)")
        }
    }
}
