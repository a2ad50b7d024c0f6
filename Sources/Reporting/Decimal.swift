import Formats

/// Numbers with a fixed count of decimals.
package enum Decimal {
    /// Rounds half away from zero, with a point and without an exponent; `-0` becomes `0`. What is not finite, reaches 1e15 or,
    /// times 10^decimals, 2^63, is written as Swift has it: a loss may diverge, and a word about it ends no run.
    ///
    /// - Parameter decimals: 0 to 18.
    package static func text(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        guard let scaled = Int(exactly: (abs(value) * scale).rounded()) else { return "\(value)" }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let whole = scaled / Int(scale)
        guard decimals > 0 else { return "\(sign)\(whole)" }
        let rest = String(scaled % Int(scale))
        return "\(sign)\(whole)." + String(repeating: "0", count: decimals - rest.count) + rest
    }
}
