/// The operations that the project's own kernels compute; all others go through libtorch's operators.
package enum KernelOperations {
    /// By their places in a row of the kernels' Z: the order of `cellOperations` in `CTorch/Kernels/Cell/CellOperations.h`, which this
    /// target cannot see (`KernelTests` compares them).
    package static let all: [Operation] = [
        .none, .maxPool3x3, .avgPool3x3, .skipConnect, .sepConv3x3, .sepConv5x5, .sepConv7x7, .dilConv3x3, .dilConv5x5,
        .convolution1x1, .convolution3x3, .conv7x1And1x7,
    ]

    /// Entries of a row.
    package static var count: Int { all.count }

    /// - Returns: nil where the operation goes through operators.
    package static func place(of operation: Operation) -> Int? { all.firstIndex(of: operation) }

    fileprivate static func missing(of operations: [Operation]) -> [String] {
        operations.filter { place(of: $0) == nil }.map(\.name)
    }
}

extension SearchSpace {
    /// The parts of the space's super-network that the kernels do not have: operations, by their names. Where there are any,
    /// libtorch's operators compute the whole of it.
    package var partsWithoutKernels: [String] { KernelOperations.missing(of: operations) }
}

extension Genotype {
    /// The same of the network that is derived: cells without such parts go through the kernels all the same.
    package var partsWithoutKernels: [String] {
        let kept = Set((normal + reduce).map(\.operation))
        return KernelOperations.missing(of: Operation.allCases.filter(kept.contains))
    }
}
