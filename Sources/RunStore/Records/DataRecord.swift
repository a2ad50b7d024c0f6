package import Datasets
import Formats
import Host

/// What a run's folder says of its data set: where it lay, and what it was.
///
/// The digest says whether a data set is the run's own. Where it lies is a hint: folders move, and runs are continued elsewhere.
package struct DataRecord: Sendable, Equatable {
    /// From the root, or the name of an embedded set. Runs of earlier versions may have it relative to where they began.
    package let location: String
    /// SHA-256 of the training images' canonical form, in hexadecimal digits.
    package let digest: String
    /// Of the training images; nil in runs of earlier versions.
    package let form: Form?

    /// Images' sides and channels, and the number of classes.
    package struct Form: Sendable, Equatable {
        /// Of every image.
        package let channels: Int
        /// In pixels.
        package let height: Int
        /// In pixels.
        package let width: Int
        /// Labels are 0 up to one less.
        package let classes: Int
    }

    private static let name = "data.json"
    /// Two lines, location and digest: in runs of format 2 and earlier.
    private static let earlierName = "data.txt"

    /// - Parameter location: as the user named it.
    /// - Throws: `SystemError`.
    package init(_ data: ImageSet, at location: String) throws {
        self.location =
            RecognisedDataset.isEmbedded(location)
            ? RecognisedDataset.digitsName : try FileSystem.absolutePath(location)
        digest = Hexadecimal.string(data.digest())
        form = Form(channels: data.channels, height: data.height, width: data.width, classes: data.classes)
    }

    /// - Throws: `UserError` (data) where the folder does not say so.
    package init(of directory: RunDirectory) throws {
        let source = "\(directory.path)/\(Self.name)"
        guard let bytes = try directory.read(Self.name) else {
            self = try Self.earlier(of: directory)
            return
        }
        let value: JSONValue
        do { value = try JSONValue.parse(bytes, source: source) } catch { throw UserError(.data, error.description) }
        guard let location = value["location"]?.text, let digest = value["sha256"]?.text else {
            throw UserError(.data, "\(source) does not say where the data set lay and what its digest was")
        }
        let numbers = ["channels", "height", "width", "classes"].map { value[$0]?.integer ?? 0 }
        self.location = location
        self.digest = digest
        form =
            numbers.allSatisfy { (1...4096).contains($0) }
            ? Form(channels: numbers[0], height: numbers[1], width: numbers[2], classes: numbers[3]) : nil
    }

    private init(location: String, digest: String) {
        self.location = location
        self.digest = digest
        form = nil
    }

    private static func earlier(of directory: RunDirectory) throws -> DataRecord {
        guard let text = try directory.read(earlierName) else {
            throw UserError(.data, "'\(directory.path)' lacks \(name)")
        }
        // The digest is the last line; a location may have had lines of its own.
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        guard lines.count >= 3, lines.last == "", lines[lines.count - 2].count == 64 else {
            throw UserError(.data, "\(directory.path)/\(earlierName) should hold a location and a digest")
        }
        return DataRecord(location: lines.dropLast(2).joined(separator: "\n"), digest: lines[lines.count - 2])
    }

    /// Whole or not at all.
    ///
    /// - Throws: `SystemError`.
    package func write(to directory: RunDirectory) throws {
        let members: KeyValuePairs<String, JSONValue> = [
            "location": .string(location), "sha256": .string(digest),
            "channels": .integer(form?.channels ?? 0), "height": .integer(form?.height ?? 0),
            "width": .integer(form?.width ?? 0), "classes": .integer(form?.classes ?? 0),
        ]
        let value = JSONValue.object(members.map { JSONValue.Member($0.key, $0.value) })
        try directory.write(Self.name, value.serialized(pretty: true) + "\n")
    }

    /// Whether a folder has it, in this or in the earlier form.
    static func isThere(inFolder path: String) -> Bool {
        [name, earlierName].contains { FileSystem.exists("\(path)/\($0)") }
    }

    // MARK: The data set itself

    /// Reads the training images from where the user says that they are, or from where they lay.
    ///
    /// - Parameters:
    ///   - place: nil where the user says nothing.
    ///   - compactsLabels: as the run's configuration says.
    /// - Returns: the images, and the record with the place where they were found.
    /// - Throws: `UserError`: noInput where there is no data set, data where it is another one than the run's own.
    package func load(from place: String?, compactsLabels: Bool) throws -> (data: ImageSet, record: DataRecord) {
        let recognised: RecognisedDataset
        do { recognised = try RecognisedDataset(at: place ?? location) } catch let error as UserError where place == nil
        {
            throw UserError(
                error.exitCode,
                "\(error.sentence); the run began with the data set that was there: say with --data where it is now")
        }
        let data = try recognised.loadTraining(compactsLabels: compactsLabels)
        let found = try DataRecord(data, at: recognised.location)
        guard found.digest == digest else {
            throw UserError(
                .data,
                "the data set at '\(place ?? location)' has digest \(found.digest), the run began with \(digest): it goes on with "
                    + "the same images only" + (place == nil ? "; say with --data where they are now" : ""))
        }
        return (data, found)
    }
}
