package import Formats
package import SearchSpace

/// A network's weights and running statistics as a file under PyTorch's names, to write and to read.
///
/// The names are those of the DARTS modules. They differ from the official SNAS code's in one place: the batch norm behind a
/// pool of the super-network, which has no weights but statistics, is `_ops.E._ops.K.1` here and in DARTS, where the pool and
/// its norm are a `Sequential`, and `_ops.E._ops.K.op.1` there.
package enum WeightFile {
    private static let statisticParts = ["running_mean", "running_var"]

    /// Every weight under its own name, every batch norm's mean and variance as `running_mean` and `running_var` of its module.
    ///
    /// - Parameters:
    ///   - weights: in the layout's order.
    ///   - statistics: in the layout's order.
    package static func file(weights: [Float], statistics: [Float], layout: WeightLayout) -> SafetensorsFile {
        var tensors = layout.entries.map {
            SafetensorsFile.Tensor(name: $0.name, shape: $0.shape, values: Array(weights[$0.range]))
        }
        for entry in layout.statistics {
            for (name, offset) in zip(statisticParts, [entry.meanOffset, entry.varianceOffset]) {
                tensors.append(
                    .init(
                        name: "\(entry.name).\(name)", shape: [entry.channels],
                        values: Array(statistics[offset..<offset + entry.channels])))
            }
        }
        return SafetensorsFile(tensors: tensors)
    }

    /// Reads what `file` writes, or what PyTorch wrote. Tensors of the auxiliary head that the layout lacks are passed over: an
    /// evaluation does without it.
    ///
    /// - Throws: `FormatError` naming the tensor that is missing, of another shape, not finite, or not the network's.
    package static func read(
        _ file: SafetensorsFile, layout: WeightLayout, source: String
    ) throws(FormatError) -> (weights: [Float], statistics: [Float]) {
        var tensors: [String: SafetensorsFile.Tensor] = [:]
        for tensor in file.tensors { tensors[tensor.name] = tensor }
        func take(_ name: String, _ shape: [Int]) throws(FormatError) -> [Float] {
            guard let tensor = tensors.removeValue(forKey: name) else {
                throw FormatError(source: source, reason: "tensor '\(name)' of the network is missing")
            }
            guard tensor.shape == shape else {
                throw FormatError(
                    source: source, reason: "tensor '\(name)' has shape \(tensor.shape), the network's has \(shape)")
            }
            guard tensor.values.allSatisfy(\.isFinite) else {
                throw FormatError(source: source, reason: "tensor '\(name)' holds what is not finite")
            }
            return tensor.values
        }
        var weights: [Float] = []
        for entry in layout.entries { weights += try take(entry.name, entry.shape) }
        var statistics: [Float] = []
        for entry in layout.statistics {
            for part in statisticParts { statistics += try take("\(entry.name).\(part)", [entry.channels]) }
        }
        let left = file.tensors.map(\.name).filter { tensors[$0] != nil && !$0.hasPrefix("auxiliary_head.") }
        if let name = left.first {
            throw FormatError(source: source, reason: "tensor '\(name)' is not the network's")
        }
        return (weights, statistics)
    }
}
