import SearchSpace

/// The operations that the kernels compute, by their place in a row of the kernels' Z (`OperationPlace` in `CellPass.h`).
enum KernelOperations {
    private static let places: [Operation] = [
        .none, .maxPool3x3, .avgPool3x3, .skipConnect, .sepConv3x3, .sepConv5x5, .dilConv3x3, .dilConv5x5,
    ]

    /// Entries of a row.
    static var count: Int { places.count }

    /// - Returns: nil where the operation goes through operators.
    static func place(of operation: Operation) -> Int? { places.firstIndex(of: operation) }
}
