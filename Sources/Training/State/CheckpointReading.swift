import Formats

/// The tensors of a checkpoint, each taken by name and believed only in its size and if all of it is finite.
struct CheckpointTensors {
    private let file: SafetensorsFile
    private let source: String

    init(_ file: SafetensorsFile, source: String) {
        self.file = file
        self.source = source
    }

    func values(_ name: String, count: Int) throws(FormatError) -> [Float] {
        guard let tensor = file[name], tensor.values.count == count else {
            throw FormatError(
                source: source,
                reason: "tensor '\(name)' has \(file[name]?.values.count ?? 0) values, the run's has \(count)")
        }
        guard tensor.values.allSatisfy(\.isFinite) else {
            throw FormatError(source: source, reason: "tensor '\(name)' holds what is not finite")
        }
        return tensor.values
    }
}

/// The counters of a checkpoint.
struct CheckpointCounters {
    let value: JSONValue
    private let source: String

    init(_ value: JSONValue, source: String) {
        self.value = value
        self.source = source
    }

    func failure(_ reason: String) -> FormatError { FormatError(source: source, reason: reason) }

    /// A whole number that is not negative.
    /// - Parameter path: names, from the outermost on.
    func number(_ path: String...) throws(FormatError) -> Int {
        var found: JSONValue? = value
        for name in path { found = found?[name] }
        guard let number = found?.integer, number >= 0 else {
            throw failure("'\(path.joined(separator: "."))' is missing")
        }
        return number
    }
}
