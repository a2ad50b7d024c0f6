/// A JSON document, objects in the order they were given.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// A key of an object with its value. In a document that was read no key stands twice.
    package struct Member: Sendable, Equatable {
        /// Without the escapes of the text.
        package let key: String
        /// Of any kind, `null` included: a member that is missing is another thing than one that is null.
        package let value: JSONValue

        /// To write keys in an order of one's own.
        package init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// An object from pairs, in order.
    package static func object(_ pairs: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(pairs.map { Member($0.key, $0.value) })
    }

    /// Null for nothing.
    package static func optional(_ value: Int?) -> JSONValue { value.map(JSONValue.integer) ?? .null }

    /// The member of an object; nil where there is none, and for whatever is no object.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// Nil for whatever is no string.
    package var text: String? { if case .string(let text) = self { text } else { nil } }

    /// Nil for a number with a point, an exponent or more digits than an `Int` holds, whatever its value.
    package var integer: Int? { if case .integer(let value) = self { value } else { nil } }

    /// Integers too, rounded to a Double where they are large; nil for whatever is no number.
    package var number: Double? {
        switch self {
        case .number(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }

    /// Nil for whatever is no array.
    package var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }

    /// One line, or indented. What JSON cannot say, infinity and not-a-number, is written as null.
    package func serialized(pretty: Bool = false) -> String {
        var out = ""
        write(into: &out, indent: pretty ? 0 : nil)
        return out
    }

    private func write(into out: inout String, indent: Int?) {
        switch self {
        case .null: out += "null"
        case .bool(let value): out += value ? "true" : "false"
        case .integer(let value): out += String(value)
        case .number(let value): out += value.isFinite ? "\(value)" : "null"
        case .string(let text): out += Self.quoted(text)
        case .array(let elements):
            Self.list("[", "]", elements.count, indent, &out) { elements[$0].write(into: &$2, indent: $1) }
        case .object(let members):
            Self.list("{", "}", members.count, indent, &out) {
                $2 += Self.quoted(members[$0].key) + (indent == nil ? ":" : ": ")
                members[$0].value.write(into: &$2, indent: $1)
            }
        }
    }

    private static func list(
        _ open: String, _ close: String, _ count: Int, _ indent: Int?, _ out: inout String,
        _ element: (Int, Int?, inout String) -> Void
    ) {
        let inner = indent.map { $0 + 2 }
        out += open
        for position in 0..<count {
            if position > 0 { out += "," }
            if let inner { out += "\n" + String(repeating: " ", count: inner) }
            element(position, inner, &out)
        }
        if let indent, count > 0 { out += "\n" + String(repeating: " ", count: indent) }
        out += close
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
