/// One search, kept by resume: 128 random bits that never feed a draw.
package struct RunIdentity: Sendable, Hashable, CustomStringConvertible {
    /// The first 16 digits of `description`.
    package let high: UInt64
    /// The last 16 digits of `description`.
    package let low: UInt64

    /// From two random words, drawn when the run's folder is made.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// What a worker writes before it knows which run it joins.
    package static let unknown = RunIdentity(high: 0, low: 0)

    /// 32 hexadecimal digits.
    package var description: String { hexadecimal(high) + hexadecimal(low) }

    /// Reads what `description` writes; nil for anything else.
    package init?(_ text: String) {
        guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
        // Integers are read with signs and capitals too.
        guard description == text else { return nil }
    }
}

/// One incarnation of a worker process: both its connections carry it, and a process that starts again has another.
package struct WorkerIdentity: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Its upper half is what `description` shows.
    package let high: UInt64
    /// Shown nowhere: it only tells workers apart.
    package let low: UInt64

    /// From two random words, drawn when the process starts.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// By all 128 bits: workers are gone through in this order, never in that of their arrival.
    package static func < (left: WorkerIdentity, right: WorkerIdentity) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    /// Eight hexadecimal digits: enough for a person to tell workers apart.
    package var description: String { String(hexadecimal(high).prefix(8)) }

    /// All 128 bits as 32 hexadecimal digits, for programs.
    package var digits: String { hexadecimal(high) + hexadecimal(low) }

    /// Reads what `digits` writes; nil for anything else.
    package init?(digits text: some StringProtocol) {
        guard let run = RunIdentity(String(text)) else { return nil }
        self.init(high: run.high, low: run.low)
    }
}

private func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
