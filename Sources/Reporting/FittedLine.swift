/// A line of parts of which the least important are left out until it fits.
package enum FittedLine {
    /// Something that is said whole or not at all.
    package struct Part: Sendable, Equatable {
        package let text: String
        /// The greater, the longer it stays; the last one is never left out.
        package let importance: Int

        package init(_ text: String, importance: Int) {
            self.text = text
            self.importance = importance
        }
    }

    /// The parts that fit, in their order; of equally important ones the last goes first.
    ///
    /// - Parameters:
    ///   - columns: characters that there are.
    ///   - isCut: whether the last part is cut where it alone is too long; otherwise there is no text at all then.
    package static func text(_ parts: [Part], separator: String, columns: Int, orCut isCut: Bool = false) -> String {
        var left = parts
        var text = left.map(\.text).joined(separator: separator)
        while text.count > columns, left.count > 1, let least = left.map(\.importance).min(),
            let place = left.lastIndex(where: { $0.importance == least })
        {
            left.remove(at: place)
            text = left.map(\.text).joined(separator: separator)
        }
        if text.count <= columns { return text }
        return isCut ? String(text.prefix(max(0, columns))) : ""
    }
}
