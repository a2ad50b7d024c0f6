package import Formats
import Host

/// `metrics.jsonl`: a line a step, a line an epoch, and now and then one of dropped messages, by their `kind`.
package final class RunMetrics {
    private let newest: JSONLines
    /// Steps that the newest file has no more room for.
    private let before: JSONLines
    /// At which room is made next. Epochs alone may come to more than the first bound in a very long run: it grows with them,
    /// so that the file is not written anew for every line.
    private var fullBytes: Int

    private static let name = "metrics.jsonl"
    private static let nameBefore = "metrics.1.jsonl"

    /// Of both files, for whoever copies a run.
    static let names = [name, nameBefore]

    /// Beyond which the lines of steps move to `metrics.1.jsonl`, in the place of those that are there: some 140,000 steps.
    package static let limitBytes = 64 << 20

    /// Neither reads nor writes anything yet.
    ///
    /// - Parameter limitBytes: of `metrics.jsonl`; tests make it small.
    package init(_ directory: RunDirectory, limitBytes: Int = limitBytes) {
        newest = JSONLines(Self.name, in: directory)
        before = JSONLines(Self.nameBefore, in: directory)
        fullBytes = limitBytes
    }

    /// - Throws: `SystemError`.
    package func append(_ line: JSONValue) throws {
        if let size = FileSystem.size(newest.path), size >= fullBytes { try makeRoom() }
        try newest.append(line)
    }

    /// Lines of epochs stay: the run's curves are made of them.
    private func makeRoom() throws {
        let epoch = Array("{\"kind\":\"epoch\"".utf8)
        let lines = try newest.lines()
        let epochs = lines.filter { $0.starts(with: epoch) }
        try before.write(lines.filter { !$0.starts(with: epoch) })
        try newest.write(epochs)
        fullBytes = max(fullBytes, 2 * epochs.reduce(0) { $0 + $1.count })
    }

    /// A resumed run says again what its checkpoint did not know: those lines go, so that each step has one.
    ///
    /// - Throws: `SystemError`.
    package func forget(stepsFrom step: Int, epochsFrom epoch: Int) throws {
        for file in [before, newest] {
            try file.keep { line in
                switch line["kind"]?.text {
                case "step": (line["step"]?.integer ?? .max) < step
                case "epoch": (line["epoch"]?.integer ?? .max) < epoch
                // What was dropped is counted with the steps that were done.
                default: (line["step"]?.integer ?? .max) <= step
                }
            }
        }
    }

    /// How long the run's steps took together, without evaluations and pauses.
    ///
    /// - Throws: `SystemError`.
    package func secondsOfSteps() throws -> Double {
        try [before, newest].reduce(0) { sum, file in
            try file.values().reduce(sum) { $1["kind"]?.text == "step" ? $0 + ($1["seconds"]?.number ?? 0) : $0 }
        }
    }

    /// The lines of some steps, by their numbers. Those that made room for others are not there any more.
    ///
    /// - Throws: `SystemError`.
    package func steps(_ wanted: Set<Int>) throws -> [Int: JSONValue] {
        let heads = wanted.map { Array("{\"kind\":\"step\",\"step\":\($0),".utf8) }
        var found: [Int: JSONValue] = [:]
        for file in [before, newest] {
            for line in try file.lines() where heads.contains(where: line.starts) {
                guard let value = try? JSONValue.parse(Array(line), source: Self.name),
                    let step = value["step"]?.integer
                else { continue }
                found[step] = value
            }
        }
        return found
    }

    /// The lines of epochs.
    ///
    /// - Throws: `SystemError`.
    package func epochs() throws -> [JSONValue] { try newest.values().filter { $0["kind"]?.text == "epoch" } }
}
