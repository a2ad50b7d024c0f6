import CTorch

/// What libtorch said when a call failed.
package struct TorchError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried, a verb as it stands after "cannot".
    package let operation: String
    /// libtorch's own words, without a trace of its calls.
    package let reason: String

    init(_ operation: String) {
        self.operation = operation
        reason = String(cString: ct_last_error())
    }

    /// One sentence for people.
    package var description: String { "libtorch cannot \(operation): \(reason)" }
}

/// Where tensors live and compute.
package enum ComputeDevice: Sendable, Hashable, CustomStringConvertible {
    case cpu
    case cuda(Int)

    /// Reads `cpu`, `cuda` and `cuda:1`; nil for anything else.
    package init?(_ text: String) {
        if text == "cpu" {
            self = .cpu
        } else if text == "cuda" {
            self = .cuda(0)
        } else if text.hasPrefix("cuda:"), let index = Int(text.dropFirst(5)), (0..<128).contains(index),
            text == "cuda:\(index)"
        {
            self = .cuda(index)
        } else {
            return nil
        }
    }

    /// As `init` reads it; CUDA with its number.
    package var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let index): "cuda:\(index)"
        }
    }

    var index: Int32 {
        switch self {
        case .cpu: -1
        case .cuda(let index): Int32(index)
        }
    }

    /// The processor always is; of CUDA, whether libtorch finds a device of this number.
    package var isAvailable: Bool { ct_device_is_available(index) == 1 }
}

/// Width of the floats that a network computes in.
package enum Precision: Sendable, Hashable {
    case float
    /// For finite differences in tests; nothing is trained in it.
    case double
}

/// Values side by side in a tensor, and where they go.
package struct CopiedPiece: Sendable {
    let from: Int
    let to: Int
    let count: Int

    /// - Parameters:
    ///   - from: the first value's place in the tensor, row-major.
    ///   - to: its place in the vector.
    package init(from: Int, to: Int, count: Int) {
        self.from = from
        self.to = to
        self.count = count
    }
}

/// A handle of a libtorch tensor; freed with the last reference.
///
/// `@unchecked Sendable`: the handle is written once, and libtorch tensors may be read by several threads. Nothing in this
/// project writes into a tensor after it was made: there is no in-place operator in the C face.
package final class Tensor: @unchecked Sendable {
    let handle: OpaquePointer

    /// Takes over a handle that a call returned.
    init(owning handle: OpaquePointer?, _ operation: @autoclosure () -> String) throws(TorchError) {
        guard let handle else { throw TorchError(operation()) }
        self.handle = handle
    }

    init(adopting handle: OpaquePointer) { self.handle = handle }

    deinit { ct_free(handle) }

    /// Copies values in, row-major.
    package convenience init(
        _ values: UnsafeBufferPointer<Float>, shape: [Int], precision: Precision = .float, device: ComputeDevice = .cpu
    ) throws(TorchError) {
        precondition(values.count == shape.reduce(1, *))
        let sides = shape.map(Int64.init)
        try self.init(
            owning: ct_from_floats(
                values.baseAddress, sides, Int32(sides.count), precision == .double ? 1 : 0, device.index),
            "copy values in")
    }

    /// Copies values in, row-major.
    ///
    /// - Throws: `TorchError` where the device does not take them.
    package convenience init(
        _ values: [Float], shape: [Int], precision: Precision = .float, device: ComputeDevice = .cpu
    ) throws(TorchError) {
        precondition(values.count == shape.reduce(1, *))
        let sides = shape.map(Int64.init)
        try self.init(
            owning: ct_from_floats(values, sides, Int32(sides.count), precision == .double ? 1 : 0, device.index),
            "copy values in")
    }

    /// Copies a part of a vector in, row-major, without a copy in between.
    ///
    /// - Throws: `TorchError` where the device does not take it.
    package convenience init(
        _ values: ArraySlice<Float>, shape: [Int], precision: Precision = .float, device: ComputeDevice = .cpu
    ) throws(TorchError) {
        precondition(values.count == shape.reduce(1, *))
        let sides = shape.map(Int64.init)
        let handle = values.withUnsafeBufferPointer {
            ct_from_floats(
                $0.baseAddress, sides, Int32(sides.count), precision == .double ? 1 : 0, device.index)
        }
        try self.init(owning: handle, "copy values in")
    }

    /// Classes of images, from 0; a vector of whole numbers, which no gradient is asked of.
    package convenience init(labels: [Int32], device: ComputeDevice = .cpu) throws(TorchError) {
        try self.init(owning: ct_from_labels(labels, Int64(labels.count), device.index), "copy labels in")
    }

    /// Images x channels x height x width.
    package static func zeros(
        images: Int, channels: Int, height: Int, width: Int, precision: Precision, device: ComputeDevice
    ) throws(TorchError) -> Tensor {
        try Tensor(
            owning: ct_zeros(
                Int64(images), Int64(channels), Int64(height), Int64(width), precision == .double ? 1 : 0, device.index),
            "make zeros")
    }

    /// Values in all, whatever the shape; -1 where libtorch fails.
    package var count: Int { Int(ct_count(handle)) }

    /// All values, row-major.
    package func floats() throws(TorchError) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        guard ct_copy_floats(handle, &values, Int64(values.count)) == 0 else { throw TorchError("copy values out") }
        return values
    }

    /// Writes all values to their place in a longer vector.
    package func copy(to values: inout [Float], at offset: Int, count: Int) throws(TorchError) {
        precondition(offset >= 0 && offset + count <= values.count)
        let status = values.withUnsafeMutableBufferPointer {
            ct_copy_floats(handle, $0.baseAddress?.advanced(by: offset), Int64(count))
        }
        guard status == 0 else { throw TorchError("copy values out") }
    }

    /// Writes some values, row-major, to their places in another vector.
    package func copy(_ pieces: [CopiedPiece], to values: inout [Float]) throws(TorchError) {
        if pieces.isEmpty { return }
        precondition(pieces.allSatisfy { $0.to >= 0 && $0.count >= 0 && $0.to + $0.count <= values.count })
        let status = values.withUnsafeMutableBufferPointer { values in
            ct_copy_float_pieces(
                handle, pieces.map { Int64($0.from) }, pieces.map { Int64($0.to) }, pieces.map { Int64($0.count) },
                Int64(pieces.count), values.baseAddress)
        }
        guard status == 0 else { throw TorchError("copy values out") }
    }

    /// The one value of a scalar, in full precision.
    package func scalar() throws(TorchError) -> Double {
        var value = 0.0
        guard ct_copy_doubles(handle, &value, 1) == 0 else { throw TorchError("copy a scalar out") }
        return value
    }

    /// Shares the values and is what gradients can be asked for.
    package func leaf() throws(TorchError) -> Tensor { try Tensor(owning: ct_leaf(handle), "make a leaf") }
}
