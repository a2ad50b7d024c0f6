import Host

/// What commands refuse in the same words.
extension CommandLineFlags {
    /// The whole number that a flag was given.
    ///
    /// - Parameter standard: the answer where the flag was not given.
    /// - Throws: `UserError` (usage) for what is no number of the range.
    func number(_ name: String, in range: ClosedRange<Int>, standard: Int) throws -> Int {
        guard let text = values[name] else { return standard }
        guard let value = Spelling.whole(text), range.contains(value) else {
            throw UserError(.usage, "--\(name) is '\(text)'; it takes \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
