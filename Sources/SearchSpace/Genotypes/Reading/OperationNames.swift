/// Names of operations that tools other than DARTS and its followers use, by tool. What all agree in is `Operation`'s own name.
enum OperationNames {
    /// Katib writes its operations in full (`operations.py` of its DARTS trial image); its search space sets the kernel's size.
    static let katib: [String: Operation] = [
        "skip_connection": .skipConnect, "max_pooling_3x3": .maxPool3x3, "avg_pooling_3x3": .avgPool3x3,
        "separable_convolution_3x3": .sepConv3x3, "separable_convolution_5x5": .sepConv5x5,
        "separable_convolution_7x7": .sepConv7x7, "dilated_convolution_3x3": .dilConv3x3,
        "dilated_convolution_5x5": .dilConv5x5,
    ]

    /// aw_nas (`aw_nas/ops/ops.py`) has DARTS' names, and these for what NAS-Bench-201 calls `nor_conv`.
    static let awNAS: [String: Operation] = [
        "relu_conv_bn_1x1": .convolution1x1, "relu_conv_bn_3x3": .convolution3x3,
    ]

    /// As Katib writes an operation; nil for one that it has no name for.
    static func katibName(_ operation: Operation) -> String? {
        if operation == .none { return operation.name }
        return katib.first { $0.value == operation }?.key
    }

    /// - Parameters:
    ///   - others: names beside the common ones that the dialect has.
    ///   - offset: the byte where the name stands.
    /// - Throws: `GenotypeError` that names the known ones.
    static func operation(
        named name: String, others: [String: Operation] = [:], at offset: Int?
    ) throws(GenotypeError) -> Operation {
        if let operation = Operation(name: name) ?? others[name] { return operation }
        let known = Operation.allCases.map(\.name).joined(separator: ", ")
        throw GenotypeError(reason: "unknown operation '\(name.prefix(64))'; known are \(known)", at: offset)
    }
}
