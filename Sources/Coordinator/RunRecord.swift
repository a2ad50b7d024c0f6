import Configuration
import Datasets
import Formats
import Host

/// What a run's folder says of how the run began: its configuration, and where its data set lay and what its digest was.
struct RunRecord {
    let configuration: SearchConfiguration
    let data: ImageSet

    private static let dataName = "data.txt"
    private static let configurationName = "configuration.txt"

    static func write(
        _ resolved: ResolvedConfiguration, data: ImageSet, dataLocation: String, to directory: RunDirectory
    ) throws {
        try directory.write("configuration.yaml", resolved.yaml)
        try directory.write(configurationName, resolved.configuration.canonicalText)
        try directory.write(dataName, "\(dataLocation)\n\(Hexadecimal.string(data.digest()))\n")
    }

    static func configuration(of directory: RunDirectory) throws -> SearchConfiguration {
        guard let text = try directory.read(configurationName) else {
            throw UserError(.data, "'\(directory.path)' lacks \(configurationName)")
        }
        return try SearchConfiguration(canonicalText: String(decoding: text, as: UTF8.self))
    }

    static func data(of directory: RunDirectory) throws -> (location: String, digest: String) {
        guard let text = try directory.read(dataName) else {
            throw UserError(.data, "'\(directory.path)' lacks \(dataName)")
        }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        guard lines.count == 2 else { throw UserError(.data, "\(directory.path)/\(dataName) should hold two lines") }
        return (lines[0], lines[1])
    }

    /// Reads the training part again, and believes it only if it is the one that the run began with.
    init(of directory: RunDirectory) throws {
        configuration = try Self.configuration(of: directory)
        let (location, wanted) = try Self.data(of: directory)
        data = try RecognisedDataset(at: location).loadTraining()
        let digest = Hexadecimal.string(data.digest())
        guard digest == wanted else {
            throw UserError(.data, "the data set at '\(location)' has digest \(digest), the run began with \(wanted)")
        }
    }
}
