/// Times as people write them: a number with its unit, for a bare number could mean any of them.
package enum Nanoseconds {
    /// The longest first.
    private static let units: [(name: String, nanoseconds: Int)] = [
        ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000), ("ns", 1),
    ]

    /// Exact, in the longest unit that leaves a whole number: 5000000 is `5ms`.
    package static func exact(_ nanoseconds: Int) -> String {
        let unit = units.first { nanoseconds % $0.nanoseconds == 0 } ?? units[units.count - 1]
        return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
    }

    /// For sentences, to the thousandth of the longest unit of which there is one: 5123456 is `5.123ms`.
    package static func rounded(_ nanoseconds: Int) -> String {
        let unit = units.first { nanoseconds.magnitude >= $0.nanoseconds.magnitude } ?? units[units.count - 1]
        let thousandths = Int((1000 * Double(nanoseconds) / Double(unit.nanoseconds)).rounded())
        guard thousandths % 1000 != 0 else { return "\(thousandths / 1000)\(unit.name)" }
        let digits = String(thousandths.magnitude % 1000)
        let fraction = String(repeating: "0", count: 3 - digits.count) + digits
        return "\(thousandths < 0 ? "-" : "")\(thousandths.magnitude / 1000).\(fraction)\(unit.name)"
    }

    /// The number before the unit, and what the unit comes to; nil where there is no unit.
    package static func parts(_ text: String) -> (number: String, nanoseconds: Int)? {
        // `s` ends the names of all of them.
        guard let unit = units.filter({ text.hasSuffix($0.name) }).max(by: { $0.name.count < $1.name.count }) else {
            return nil
        }
        return (String(text.dropLast(unit.name.count)), unit.nanoseconds)
    }
}
