/// Names and numbers from a file of unknown origin, for a sentence: short, and without what moves a terminal's cursor.
package enum ForeignName {
    private static let charactersShown = 120
    private static let numbersShown = 8

    /// In single quotes, cut where it is long; control characters become question marks.
    package static func quoted(_ name: String) -> String {
        let shown = name.unicodeScalars.prefix(charactersShown).map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: "?"
            default: String(Character(scalar))
            }
        }
        let isCut = name.unicodeScalars.dropFirst(charactersShown).isEmpty == false
        return "'\(shown.joined())\(isCut ? "..." : "")'"
    }

    /// In brackets, cut where there are many.
    package static func list(_ numbers: [Int]) -> String {
        let shown = numbers.prefix(numbersShown).map(String.init).joined(separator: ", ")
        return numbers.count > numbersShown ? "[\(shown), ... \(numbers.count) in all]" : "[\(shown)]"
    }
}
