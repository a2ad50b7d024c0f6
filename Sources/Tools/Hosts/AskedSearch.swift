package import Configuration
package import Datasets
import Formats
import Host
import SearchSpace

/// What hosts are asked to be fit for: a search, and the images that it has.
package struct AskedSearch: Sendable {
    package let configuration: SearchConfiguration
    /// Channels, height and width, without the images.
    let shape: ImageShape
    let classes: Int
    /// Of the data set that a worker holds.
    let dataBytes: Int
    /// SHA-256 of the data set, in hexadecimal digits.
    package let dataDigest: String
    /// The data set's name, for sentences.
    let dataName: String

    /// What a worker's program takes as one word, with the rest of a pipe's 64 KiB to spare.
    private static let settingsLimitBytes = 60_000

    /// - Throws: `UserError` where the search does not fit the images.
    package init(_ configuration: SearchConfiguration, _ data: ImageSet) throws {
        self.configuration = configuration
        shape = ImageShape(channels: data.channels, height: data.height, width: data.width)
        classes = data.classes
        let bytes = data.canonicalBytes()
        dataBytes = bytes.count
        dataDigest = Hexadecimal.string(SHA256.digest(bytes))
        dataName = data.name
        try configuration.checkSides(of: shape)
    }

    /// In one line, for the worker's bench. What only a coordinator reads, and may be long, is left out.
    ///
    /// - Throws: `UserError` (configuration) for settings that are too long for one.
    func settings() throws -> String {
        var worked = configuration
        worked.budget = worked.budget.withoutAims
        let text = worked.settingsArgument
        guard text.utf8.count <= Self.settingsLimitBytes else {
            throw UserError(
                .configuration,
                "the settings take \(text.utf8.count) bytes, more than a host can be told (\(Self.settingsLimitBytes))")
        }
        return text
    }

    /// What the worker's bench is told of the images.
    var imageWords: [String] {
        ["--image", "\(shape.channels)x\(shape.height)x\(shape.width)", "--classes", "\(classes)"]
    }
}
