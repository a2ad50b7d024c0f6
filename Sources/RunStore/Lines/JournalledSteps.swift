import Formats
import Host
package import Training

/// What a run's journal tells, for those who read it and do not go on with it. The run may be going on.
package struct JournalledSteps: Sendable {
    /// A line of the journal.
    package struct Step: Sendable, Equatable {
        /// From 0.
        package let number: Int
        /// Digest of alpha after it; nil of a retraining.
        package let alpha: String?
        /// Digest of the weights after it; journals of format 1 do not have it of a search.
        package let weights: String?
        /// Whether something was not finite and nothing was stepped.
        package let isSkipped: Bool

        /// As the journal has it.
        package init(number: Int, alpha: String?, weights: String?, isSkipped: Bool = false) {
            self.number = number
            self.alpha = alpha
            self.weights = weights
            self.isSkipped = isSkipped
        }

        /// Nil where the weights' is not told.
        package var digests: StepDigests? { weights.map { StepDigests(alpha: alpha, weights: $0) } }
    }

    /// Ascending, each once.
    package let steps: [Step]
    /// Lines that tell no step. A last one that is being written, or that a crash cut short, is not among them.
    package let damagedLines: Int

    /// No run takes as many: a larger number is a damaged one.
    private static let mostSteps = 1 << 53
    /// Of a digest.
    private static let hexadecimalDigits = 32

    /// For values that are known.
    ///
    /// - Parameter steps: ascending, each once.
    package init(_ steps: [Step], damagedLines: Int = 0) {
        precondition(zip(steps, steps.dropFirst()).allSatisfy { $0.number < $1.number })
        self.steps = steps
        self.damagedLines = damagedLines
    }

    /// None where no step was taken yet.
    ///
    /// - Throws: as the other one; `SystemError`.
    package init(of directory: RunDirectory) throws {
        try self.init(
            try directory.read(RunJournal.name) ?? [], source: "\(directory.path)/\(RunJournal.name)")
    }

    /// Of a file's content. Damaged lines are passed over and counted.
    ///
    /// - Parameter source: what errors call it.
    /// - Throws: `UserError` (data) where no line tells a step, or where a step stands twice with different digests.
    package init(_ bytes: [UInt8], source: String) throws {
        var lines = bytes.split(separator: UInt8(ascii: "\n"))
        if let last = lines.last, bytes.last != UInt8(ascii: "\n"), Self.step(last) == nil { lines.removeLast() }
        var found: [Int: Step] = [:]
        var damaged = 0
        for line in lines {
            guard let step = Self.step(line) else {
                damaged += 1
                continue
            }
            guard found[step.number].map({ $0 == step }) ?? true else {
                throw UserError(
                    .data, "\(source) is damaged: step \(step.number) stands twice in it, with different digests")
            }
            found[step.number] = step
        }
        guard damaged == 0 || !found.isEmpty else {
            throw UserError(.data, "\(source) is damaged: none of its \(damaged) lines tells a step")
        }
        steps = found.values.sorted { $0.number < $1.number }
        damagedLines = damaged
    }

    /// Nil for what is no line of a journal.
    private static func step(_ line: ArraySlice<UInt8>) -> Step? {
        guard let value = try? JSONValue.parse(Array(line), source: RunJournal.name),
            let number = value["step"]?.integer, (0..<mostSteps).contains(number)
        else { return nil }
        let (alpha, weights) = (value["alpha"]?.text, value["weights"]?.text)
        let told = [alpha, weights].compactMap { $0 }
        let areWhole = told.allSatisfy { $0.utf8.count == hexadecimalDigits && Hexadecimal.bytes($0) != nil }
        guard areWhole, !told.isEmpty else { return nil }
        return Step(number: number, alpha: alpha, weights: weights, isSkipped: value["skipped"] == .bool(true))
    }

    /// The line of a step; nil where there is none.
    package func step(_ number: Int) -> Step? {
        var (low, high) = (0, steps.count)
        while low < high {
            let middle = (low + high) / 2
            if steps[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < steps.count && steps[low].number == number ? steps[low] : nil
    }
}
