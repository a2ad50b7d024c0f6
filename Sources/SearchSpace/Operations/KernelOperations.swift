/// The operations that the project's own kernels compute; all others go through libtorch's operators.
package enum KernelOperations {
    /// By their place in a row of the kernels' Z (`OperationPlace` in `CellPass.h`).
    package static let all: [Operation] = [
        .none, .maxPool3x3, .avgPool3x3, .skipConnect, .sepConv3x3, .sepConv5x5, .dilConv3x3, .dilConv5x5,
    ]

    /// Entries of a row.
    package static var count: Int { all.count }

    /// - Returns: nil where the operation goes through operators.
    package static func place(of operation: Operation) -> Int? { all.firstIndex(of: operation) }
}

extension SearchSpace {
    /// The parts of the space's super-network that the kernels do not have: operations, by their names, and auxiliary
    /// skips. Where there are any, libtorch's operators compute the whole of it.
    package var partsWithoutKernels: [String] {
        operations.filter { KernelOperations.place(of: $0) == nil }.map(\.name)
            + (hasAuxiliarySkip ? ["auxiliary skips"] : [])
    }
}
