#if canImport(Glibc)
    import Glibc
#endif

/// What a child's size counts in its reward: accuracy x (size / target)^w, w one power up to the target and another above it
/// (MnasNet: Tan et al. 2019, formulas 2 and 3).
package struct RewardShape: Sendable, Equatable {
    /// Of sizes up to the target; 0 or negative.
    package let powerBelow: Double
    /// Of sizes above the target; 0 or negative.
    package let powerAbove: Double

    /// Twice the target should be worth a twentieth of the accuracy: 1.05 x 2^w = 1.
    package static let soft = RewardShape(powerBelow: -0.07, powerAbove: -0.07)
    /// Nothing up to the target, and in inverse proportion above it.
    package static let hard = RewardShape(powerBelow: 0, powerAbove: -1)

    /// - Parameters:
    ///   - size: of the child, above 0, in the target's unit.
    ///   - target: above 0.
    package func factor(size: Double, target: Double) -> Double {
        precondition(size > 0 && target > 0)
        return pow(size / target, size <= target ? powerBelow : powerAbove)
    }
}
