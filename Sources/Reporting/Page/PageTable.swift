import Formats

/// A table of a page, with words and a picture: where found cells stand among others, and the like.
package struct PageTable: Sendable, Equatable {
    /// Above it.
    package let title: String
    /// The columns' names; the first column names the rows.
    package let head: [String]
    package let rows: [[String]]
    /// Below it, a sentence each.
    package let notes: [String]
    /// SVG; nil without one.
    package let picture: String?

    /// - Parameter rows: each as long as the head.
    package init(title: String, head: [String], rows: [[String]], notes: [String], picture: String? = nil) {
        precondition(rows.allSatisfy { $0.count == head.count })
        self.title = title
        self.head = head
        self.rows = rows
        self.notes = notes
        self.picture = picture
    }

    var json: JSONValue {
        func list(_ words: [String]) -> JSONValue { .array(words.map { .string($0) }) }
        return .object([
            "title": .string(title), "head": list(head), "rows": .array(rows.map(list)), "notes": list(notes),
            "picture": picture.map { .string($0) } ?? .null,
        ])
    }
}
