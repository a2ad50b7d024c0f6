import Formats
package import RunStore

/// Two journals side by side: how far they agree, and the first step after which alpha or the weights have other bits.
package struct StepDifference: Sendable, Equatable {
    /// The first step after which the digests differ.
    package struct Parting: Sendable, Equatable {
        /// From 0.
        package let step: Int
        /// Whether alpha has other bits after it; nil where not both journals tell it.
        package let isAlphaOther: Bool?
        /// The same of the weights.
        package let areWeightsOther: Bool?
        /// Whether something was not finite and nothing was stepped.
        package let isSkipped: Both<Bool>
    }

    /// Steps that each journal tells.
    package let counts: Both<Int>
    /// Steps that both tell and that agree, before the parting.
    package let agreeing: Int
    /// The last of them; nil where there is none.
    package let lastAgreeing: Int?
    /// Steps before the last that was compared which one of them does not tell, or neither: they were not compared.
    package let missing: Int
    package let firstMissing: Int?
    /// Nil where all steps that both tell agree.
    package let parting: Parting?
    package let damagedLines: Both<Int>

    package init(_ journals: Both<JournalledSteps>) {
        counts = journals.map(\.steps.count)
        damagedLines = journals.map(\.damagedLines)
        var agreeing = 0
        var last: Int?
        var missing = 0
        var firstMissing: Int?
        var parting: Parting?
        var (left, right) = (journals.first.steps[...], journals.second.steps[...])
        var expected = 0
        while let one = left.first, let other = right.first {
            let next = max(one.number, other.number)
            if one.number < next {
                left = left.dropFirst()
            } else if other.number < next {
                right = right.dropFirst()
            } else {
                if expected < next, firstMissing == nil { firstMissing = expected }
                missing += next - expected
                expected = next + 1
                let isAlphaOther = Self.differ(one.alpha, other.alpha)
                let areWeightsOther = Self.differ(one.weights, other.weights)
                guard isAlphaOther != true, areWeightsOther != true else {
                    parting = Parting(
                        step: next, isAlphaOther: isAlphaOther, areWeightsOther: areWeightsOther,
                        isSkipped: Both(one.isSkipped, other.isSkipped))
                    break
                }
                if isAlphaOther == nil, areWeightsOther == nil {
                    missing += 1
                    firstMissing = firstMissing ?? next
                } else {
                    agreeing += 1
                    last = next
                }
                (left, right) = (left.dropFirst(), right.dropFirst())
            }
        }
        self.agreeing = agreeing
        lastAgreeing = last
        self.missing = missing
        self.firstMissing = firstMissing
        self.parting = parting
    }

    /// Nil where one of them is not told.
    private static func differ(_ first: String?, _ second: String?) -> Bool? {
        guard let first, let second else { return nil }
        return first != second
    }
}
