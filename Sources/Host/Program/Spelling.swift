/// What a person means by a value, whichever way it is spelled: one reading for command lines, `--set` and YAML, wider than what
/// this program writes itself.
///
/// Truth is YAML's and Python's, numbers are those of YAML 1.1 and 1.2 as far as these agree. What could mean two things is
/// none of them: 1 and 0 are numbers, not truth.
package enum Spelling {
    /// Without the blanks and line ends around it: of a script with another system's line ends a carriage return stays, of a web page
    /// blanks that do not break.
    package static func trimmed(_ text: String) -> String {
        let blanks: Set<Character> = [" ", "\t", "\n", "\r", "\r\n", "\u{A0}"]
        let front = text.drop { blanks.contains($0) }
        return String(front.prefix(front.count - front.reversed().prefix { blanks.contains($0) }.count))
    }

    /// YAML's words for no value, and Python's. The empty text is none of them: it is what a shell's unset variable leaves.
    package static func isNull(_ text: String) -> Bool {
        ["~", "null", "Null", "NULL", "None"].contains(trimmed(text))
    }

    /// Nil for what is neither.
    package static func truth(_ text: String) -> Bool? {
        switch trimmed(text).lowercased() {
        case "true", "yes", "on": true
        case "false", "no", "off": false
        default: nil
        }
    }

    /// A whole number, also one with a point or an exponent whose value is whole, and one in base 16, 8 or 2 behind `0x`, `0o` or
    /// `0b`. Every digit counts: a number that only rounds to a whole one is none.
    package static func whole(_ text: String) -> Int? {
        guard let digits = withoutUnderscores(trimmed(text)) else { return nil }
        return Int(digits) ?? based(digits) ?? shifted(digits)
    }

    /// A finite number; nil for what is none.
    package static func real(_ text: String) -> Double? {
        guard let digits = withoutUnderscores(trimmed(text)) else { return nil }
        if let whole = based(digits) { return Double(whole) }
        guard digits.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let value = Double(digits) else {
            return nil
        }
        return value.isFinite ? value : nil
    }

    /// A number of things, perhaps with k, M or G for thousands, millions and milliards; to the nearest whole one, from 1 to 1e15.
    package static func amount(_ text: String) -> Int? {
        let text = trimmed(text)
        let units: [Character: Double] = ["k": 1e3, "M": 1e6, "G": 1e9]
        let unit = text.last.flatMap { units[$0] }
        guard let number = real(unit == nil ? text : String(text.dropLast())) else { return nil }
        let value = (number * (unit ?? 1)).rounded()
        return (1...1e15).contains(value) ? Int(value) : nil
    }

    /// The one of the names that is meant: upper case and hyphens do not matter where only one name reads so.
    package static func name(_ text: String, among names: [String]) -> String? {
        let text = trimmed(text)
        if names.contains(text) { return text }
        let alike = names.filter { plain($0) == plain(text) }
        return alike.count == 1 ? alike[0] : nil
    }

    /// The items of a list with commas, perhaps in YAML's brackets.
    package static func items(_ text: String) -> [String] {
        var text = trimmed(text)
        if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()) }
        return text.split(separator: ",", omittingEmptySubsequences: false).map { trimmed(String($0)) }
    }

    private static func plain(_ name: String) -> String {
        String(name.lowercased().map { $0 == "-" ? "_" : $0 })
    }

    /// `1_000` is 1000 in YAML 1.1, Python and Swift; an underscore that does not stand between two digits makes the text no number.
    private static func withoutUnderscores(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        func isDigit(_ place: Int) -> Bool {
            bytes.indices.contains(place) && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place])
        }
        for place in bytes.indices where bytes[place] == UInt8(ascii: "_") {
            guard isDigit(place - 1), isDigit(place + 1) else { return nil }
        }
        return text.filter { $0 != "_" }
    }

    private static func based(_ text: String) -> Int? {
        let isNegative = text.hasPrefix("-")
        let body = text.drop { $0 == "-" || $0 == "+" }
        guard text.count - body.count <= 1 else { return nil }
        let radices: [(mark: String, radix: Int)] = [("0x", 16), ("0o", 8), ("0b", 2)]
        guard let radix = radices.first(where: { body.lowercased().hasPrefix($0.mark) })?.radix else { return nil }
        let digits = body.dropFirst(2)
        guard digits.first?.isHexDigit == true else { return nil }
        return Int((isNegative ? "-" : "") + digits, radix: radix)
    }

    /// Digits with a point or an exponent: the point is moved, and only zeros may be left behind it.
    private static func shifted(_ text: String) -> Int? {
        let parts = text.lowercased().split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
        let sides = parts[0].drop { $0 == "-" || $0 == "+" }
            .split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[0].count - sides.map(\.count).reduce(sides.count - 1, +) <= 1 else { return nil }
        let fraction = sides.count == 2 ? sides[1] : ""
        var digits = String(sides[0] + fraction)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let exponent = parts.count == 2 ? Int(parts[1]) : 0, (-placesMoved...placesMoved).contains(exponent)
        else { return nil }
        let places = exponent - fraction.count
        if places >= 0 {
            digits += String(repeating: "0", count: places)
        } else {
            let behind = digits.suffix(-places)
            guard behind.allSatisfy({ $0 == "0" }) else { return nil }
            digits = "0" + digits.dropLast(-places)
        }
        return Int((parts[0].hasPrefix("-") ? "-" : "") + digits)
    }

    /// More than the digits of the largest number.
    private static let placesMoved = 24
}
