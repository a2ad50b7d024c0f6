import Formats
import SearchSpace

/// The tensors of a state dict by the network's names, to be taken one by one. What does not fit is noted, and told at the end
/// in one sentence.
struct StateTensors {
    private let bytes: [UInt8]
    private let source: String
    private let names: StateNames
    /// Those that were not taken yet.
    private var left: [String: SafetensorsHeader.Entry] = [:]
    private var misfits: WeightMisfits

    private static let auxiliaryHead = "auxiliary_head."

    /// - Throws: `FormatError` where two tensors have the same name in the network.
    init(
        _ header: SafetensorsHeader, of bytes: [UInt8], layout: WeightLayout, source: String
    ) throws(FormatError) {
        self.bytes = bytes
        self.source = source
        names = StateNames(layout)
        misfits = WeightMisfits(layout)
        for (entry, name) in zip(header.entries, names.translated(header.entries.map(\.name))) {
            guard let name else { continue }
            if let other = left.updateValue(entry, forKey: name) {
                throw failure(
                    "tensors \(ForeignName.quoted(other.name)) and \(ForeignName.quoted(entry.name)) are both the network's "
                        + ForeignName.quoted(name))
            }
            misfits.given.append((name, entry.shape))
        }
    }

    private func failure(_ reason: String) -> FormatError { FormatError(source: source, reason: reason) }

    /// - Returns: nil for a tensor that is missing or of another shape.
    /// - Throws: `FormatError` for values that are no floats, or not finite ones.
    mutating func take(_ name: String, _ shape: [Int]) throws(FormatError) -> [Float]? {
        guard let entry = left.removeValue(forKey: name) else {
            misfits.missing.append(name)
            return nil
        }
        guard entry.shape == shape else {
            misfits.shapes.append((name, entry.shape, shape))
            return nil
        }
        return try values(entry)
    }

    private func values(_ entry: SafetensorsHeader.Entry) throws(FormatError) -> [Float] {
        let read = bytes.withUnsafeBytes { entry.kind.floats(UnsafeRawBufferPointer(rebasing: $0[entry.range])) }
        let name = ForeignName.quoted(entry.name)
        guard let values = read else {
            throw failure("tensor \(name) is of \(entry.kind.rawValue); weights are read from F64, F32, F16 and BF16")
        }
        guard let place = values.firstIndex(where: { !$0.isFinite }) else { return values }
        let isTooLarge = entry.kind == .float64 && values[place].isInfinite && !isInfinite(entry, place)
        throw failure(
            "tensor \(name) holds what is not finite"
                + (isTooLarge ? " as a 32-bit float" : "") + ": value \(place) of \(values.count)")
    }

    /// Whether a value of 64 bits is infinite already before it is rounded: all bits of the exponent, none of the fraction.
    private func isInfinite(_ entry: SafetensorsHeader.Entry, _ place: Int) -> Bool {
        let own = bytes[entry.range.lowerBound + 8 * place..<entry.range.lowerBound + 8 * place + 8]
        return Double(bitPattern: own.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }).isInfinite
    }

    /// When all that the network has was taken.
    ///
    /// - Throws: `FormatError` with whatever did not fit.
    mutating func end() throws(FormatError) {
        for (name, entry) in left.sorted(by: { $0.value.range.lowerBound < $1.value.range.lowerBound }) {
            if name.hasPrefix(Self.auxiliaryHead) { continue }
            if names.isAffineOfPlainNorm(name) {
                try expectPlain(entry, isScale: name.hasSuffix(".weight"))
            } else {
                misfits.foreign.append(name)
            }
        }
        if let sentence = misfits.sentence { throw failure(sentence) }
    }

    /// A batch norm that scales by 1 and shifts by 0 is one without scale and shift.
    private func expectPlain(_ entry: SafetensorsHeader.Entry, isScale: Bool) throws(FormatError) {
        let neutral: Float = isScale ? 1 : 0
        guard let other = try values(entry).first(where: { $0 != neutral }) else { return }
        throw failure(
            "tensor \(ForeignName.quoted(entry.name)) \(isScale ? "scales" : "shifts") a batch norm by \(other), and the "
                + "network's has neither scale nor shift")
    }
}
