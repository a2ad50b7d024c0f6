import Tensors
import Testing

/// A form of the kernels that a processor has or has not, beside the portable one.
enum VectorForm: String, Sendable {
    case avx2
    case avx512

    /// Whatever passes give by the portable form they give by this one, to the bit.
    ///
    /// - Parameters:
    ///   - sample: told where it is not so.
    ///   - bits: made anew by each form.
    func expectPortableBits<Bits: Equatable>(
        of sample: String = "", sourceLocation: SourceLocation = #_sourceLocation, _ bits: () throws -> Bits
    ) throws {
        defer { _ = CellKernels.choose("auto") }
        #expect(CellKernels.choose("portable") && CellKernels.name == "portable", sourceLocation: sourceLocation)
        let portable = try bits()
        #expect(CellKernels.choose(rawValue) && CellKernels.name == rawValue, sourceLocation: sourceLocation)
        #expect(try bits() == portable, "\(sample)", sourceLocation: sourceLocation)
    }
}

extension Trait where Self == ConditionTrait {
    /// A test that a processor without this form skips.
    static func needs(_ form: VectorForm) -> Self {
        .enabled(if: CellKernels.has(form.rawValue), "this processor has no \(form == .avx2 ? "AVX2" : "AVX-512")")
    }
}
