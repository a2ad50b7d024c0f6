/// Prometheus' text format, version 0.0.4 (prometheus.io, "Exposition formats"): for each family a line of help, one of its type,
/// and one for each value; every line ends with a line feed.
package enum PrometheusText {
    /// What an answer with this text has as its `Content-Type`.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Families without values are left out.
    package static func text(_ families: [MetricFamily]) -> String {
        var out = ""
        for family in families where !family.samples.isEmpty {
            out += "# HELP \(family.name) \(escaped(family.help, quotes: false))\n"
            out += "# TYPE \(family.name) \(family.kind.rawValue)\n"
            for sample in family.samples { append(sample, of: family.name, to: &out) }
        }
        return out
    }

    private static func append(_ sample: MetricFamily.Sample, of name: String, to out: inout String) {
        out += name
        out += sample.suffix
        if !sample.labels.isEmpty {
            out += "{"
            for (place, label) in sample.labels.enumerated() {
                if place > 0 { out += "," }
                out += "\(label.name)=\"\(escaped(label.value, quotes: true))\""
            }
            out += "}"
        }
        out += " \(number(sample.value))\n"
    }

    /// Whole numbers without a point; what is not finite by the format's own names.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int(exactly: value).map(String.init) ?? "\(value)"
    }

    /// A backslash and a line feed have escapes everywhere, a quotation mark where it would end the text.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || $0 == 0x22 }) else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\"" where quotes: out += "\\\""
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
