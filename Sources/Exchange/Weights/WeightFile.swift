package import Formats
package import SearchSpace

/// A network's weights and running statistics as a file under PyTorch's names, to write and to read.
///
/// The names are those of the DARTS modules. They differ from the official SNAS code's in one place: the batch norm behind a
/// pool of the super-network, which has no weights but statistics, is `_ops.E._ops.K.1` here and in DARTS, where the pool and
/// its norm are a `Sequential`, and `_ops.E._ops.K.op.1` there.
package enum WeightFile {
    static let statisticParts = ["running_mean", "running_var"]

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

    /// Reads what `file` writes, or what PyTorch users saved of the same network: names as `StateNames` understands them, values
    /// of 16, 32 or 64 bits, tensors in any order. Tensors of an auxiliary head that the layout lacks are passed over: an
    /// evaluation does without it.
    ///
    /// - Throws: `FormatError` naming what is missing, of another shape, not finite, or not the network's, and what else the
    ///   weights seem to be of.
    package static func read(
        _ bytes: [UInt8], layout: WeightLayout, source: String
    ) throws(FormatError) -> (weights: [Float], statistics: [Float]) {
        let header = try SafetensorsHeader(of: bytes, source: source)
        var state = try StateTensors(header, of: bytes, layout: layout, source: source)
        var weights: [Float] = []
        weights.reserveCapacity(layout.weightCount)
        for entry in layout.entries { weights += try state.take(entry.name, entry.shape) ?? [] }
        var statistics: [Float] = []
        for entry in layout.statistics {
            for part in statisticParts {
                statistics += try state.take("\(entry.name).\(part)", [entry.channels]) ?? []
            }
        }
        try state.end()
        return (weights, statistics)
    }
}
