package import Datasets
import Formats
import Host
package import SearchSpace

/// What a retraining's folder says of its network, for an evaluation and for other programs that read its weights.
package enum NetworkRecord {
    private static let name = "network.json"

    /// Called when a retraining begins: an evaluation need not see the training images again to know their form.
    ///
    /// - Throws: `SystemError`.
    package static func write(_ plan: DerivedPlan, _ form: ImageForm, to directory: RunDirectory) throws {
        func numbers(_ values: [Float]) -> JSONValue { .array(values.map { .number(Double($0)) }) }
        let value = JSONValue.object([
            "genotype": .string(plan.genotype.text),
            "init_channels": .integer(plan.initChannels),
            "layers": .integer(plan.cellCount),
            "auxiliary": .bool(plan.hasAuxiliary),
            "pool_batch_norm": .bool(plan.poolsHaveBatchNorm),
            "data": .string(form.name), "classes": .integer(form.classes), "channels": .integer(form.channels),
            "height": .integer(form.height), "width": .integer(form.width), "mean": numbers(form.mean),
            "deviation": numbers(form.deviation),
            // The training files' label of each class; null where they are the classes.
            "file_labels": form.fileLabels.map { .array($0.map { .integer(Int($0)) }) } ?? .null,
        ])
        try directory.write(name, value.serialized(pretty: true) + "\n")
    }

    /// Reads the images' form; the network itself stands in the run's configuration.
    ///
    /// - Throws: `UserError` (data).
    package static func form(of directory: RunDirectory) throws -> ImageForm {
        guard let bytes = try directory.read(name) else {
            throw UserError(.data, "'\(directory.path)' lacks \(name)")
        }
        let source = "\(directory.path)/\(name)"
        let value: JSONValue
        do { value = try JSONValue.parse(bytes, source: source) } catch { throw UserError(.data, error.description) }
        func number(_ key: String, _ range: ClosedRange<Int>) throws -> Int {
            guard let number = value[key]?.integer, range.contains(number) else {
                throw UserError(.data, "\(source): '\(key)' is missing or out of \(range)")
            }
            return number
        }
        let channels = try number("channels", 1...64)
        func constants(_ key: String) throws -> [Float] {
            let numbers = value[key]?.elements?.compactMap(\.number).map { Float($0) } ?? []
            guard numbers.count == channels, numbers.allSatisfy(\.isFinite) else {
                throw UserError(.data, "\(source): '\(key)' wants a number for each of \(channels) channels")
            }
            return numbers
        }
        let classes = try number("classes", 2...256)
        let deviation = try constants("deviation")
        guard deviation.allSatisfy({ $0 > 0 }) else {
            throw UserError(.data, "\(source): 'deviation' is \(deviation), and pixels are divided by it")
        }
        return ImageForm(
            name: value["data"]?.text ?? "unknown", channels: channels, height: try number("height", 1...4096),
            width: try number("width", 1...4096), classes: classes,
            mean: try constants("mean"), deviation: deviation,
            fileLabels: try fileLabels(value["file_labels"], classes: classes, source: source))
    }

    /// Runs of earlier versions have none.
    private static func fileLabels(_ value: JSONValue?, classes: Int, source: String) throws -> [UInt8]? {
        guard let value, value != .null else { return nil }
        let labels = value.elements?.compactMap { $0.integer.flatMap { UInt8(exactly: $0) } } ?? []
        guard labels.count == classes, zip(labels, labels.dropFirst()).allSatisfy(<) else {
            throw UserError(.data, "\(source): 'file_labels' wants a label for each of \(classes) classes, ascending")
        }
        return labels
    }
}
