/// Why bytes or text are not of the format they should be.
package struct FormatError: Error, Equatable, Sendable, CustomStringConvertible {
    /// File name or other origin, for the person who reads.
    package let source: String
    package let reason: String

    package init(source: String, reason: String) {
        self.source = source
        self.reason = reason
    }

    package var description: String { "\(source): \(reason)" }
}
