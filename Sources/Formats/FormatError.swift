/// Why bytes or text are not of the format they should be.
package struct FormatError: Error, Equatable, Sendable, CustomStringConvertible {
    /// File name or other origin, for the person who reads.
    package let source: String
    /// What is wrong and where, without the source.
    package let reason: String

    /// For whoever reads a format; `source` is handed down by the caller.
    package init(source: String, reason: String) {
        self.source = source
        self.reason = reason
    }

    /// One sentence without a full stop.
    package var description: String { "\(source): \(reason)" }
}
