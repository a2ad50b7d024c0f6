/// Breaks texts between words.
package enum TextWrap {
    /// Lines of at most so many characters. A word that is longer is broken behind its commas; without any it has a line to itself.
    package static func lines(_ text: String, columns: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ").flatMap({ pieces(of: $0, columns: columns) }) {
            if !line.isEmpty, line.count + 1 + word.count > columns {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? word : " \(word)"
        }
        return lines + [line]
    }

    private static func pieces(of word: Substring, columns: Int) -> [String] {
        var pieces: [String] = []
        var rest = word
        while rest.count > columns, let comma = rest.prefix(columns).lastIndex(of: ",") {
            pieces.append(String(rest[...comma]))
            rest = rest[rest.index(after: comma)...]
        }
        return rest.isEmpty ? pieces : pieces + [String(rest)]
    }

    /// The first line behind `head`, which is filled up to `indent` characters, the others below each other; where the head is
    /// longer, it has a line to itself.
    package static func hanging(_ head: String, _ text: String, indent: Int, columns: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines = lines(text, columns: max(1, columns - indent)).map { margin + $0 }
        guard head.count < indent else { return [head] + lines }
        lines[0] = head + lines[0].dropFirst(head.count)
        return lines
    }
}
