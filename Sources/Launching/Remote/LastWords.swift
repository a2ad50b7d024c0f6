import Formats

/// The last line of standard error of an ssh and the worker behind it: what it ended for, as far as a line can tell.
package struct LastWords: Sendable, Equatable {
    /// The sentence, without a program's name in front.
    package let sentence: String
    /// Whether the worker said it, and not ssh or a shell.
    package let isWorkers: Bool

    private static let program = "snas-worker"

    /// - Parameter line: in either of the forms that a worker's standard error has, or anybody's.
    package init(_ line: String) {
        if line.hasPrefix("{"), let object = try? JSONValue.parse(Array(line.utf8), source: "a line"),
            let text = object["message"]?.text
        {
            sentence = text
            isWorkers = true
            return
        }
        // "snas-worker: sentence" or "snas-worker 4711: sentence".
        let parts = line.split(separator: ":", maxSplits: 1)
        let words = (parts.first ?? "").split(separator: " ")
        isWorkers =
            parts.count == 2 && words.first == Self.program[...] && words.count <= 2
            && words.dropFirst().allSatisfy { $0.allSatisfy(\.isNumber) }
        sentence = isWorkers ? String(parts[1].drop { $0 == " " }) : line
    }
}
