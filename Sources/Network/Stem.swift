import SearchSpace
import Tensors

/// What turns images into the first cell's inputs: a 3x3 convolution and batch norm with scale and shift, without ReLU; in the
/// ImageNet form of derived networks three such, each of which halves the map.
enum Stem {
    static func forward(
        _ images: Tensor, _ path: CellPath, _ context: ForwardContext
    ) throws(TorchError) -> Tensor {
        let weight = context.weights["stem.0.weight"]
        guard path == .kernels else {
            return try context.batchNorm(try images.convolved(with: weight, padding: 1), "stem.1")
        }
        return try normalised("stem.1", context) { channels, scale, shift, given throws(TorchError) in
            try CellKernels.stem(
                images, channels: channels, weight: weight, scale: scale, shift: shift, given: given,
                parts: context.parts)
        }
    }

    /// A layer of the ImageNet form's.
    ///
    /// - Parameters:
    ///   - rectifies: whether a ReLU stands before the convolution.
    ///   - name: of the convolution's module.
    ///   - norm: of the batch norm's.
    static func halved(
        _ input: Tensor, rectifies: Bool, _ name: String, norm: String, _ path: CellPath, _ context: ForwardContext
    ) throws(TorchError) -> Tensor {
        let weight = context.weights["\(name).weight"]
        guard path == .kernels else {
            let active = rectifies ? try input.relu() : input
            return try context.batchNorm(try active.convolved(with: weight, stride: 2, padding: 1), norm)
        }
        return try normalised(norm, context) { channels, scale, shift, given throws(TorchError) in
            try CellKernels.halving(
                input, rectifies: rectifies, channels: channels, weight: weight, scale: scale, shift: shift,
                given: given, parts: context.parts)
        }
    }

    /// - Parameter compute: takes channels, scale, shift and statistics to normalise with, nil for the batch's own.
    private static func normalised(
        _ name: String, _ context: ForwardContext,
        _ compute: (Int, Tensor, Tensor, [Float]?) throws(TorchError) -> (output: Tensor, statistics: [Float])
    ) throws(TorchError) -> Tensor {
        let scale = context.weights["\(name).weight"]
        let shift = context.weights["\(name).bias"]
        switch context.statistics {
        case .ofBatch(let collector):
            let entry = collector.entry(name)
            let (output, own) = try compute(entry.channels, scale, shift, nil)
            collector.add(entry, values: own[...])
            return output
        case .given(let values, let entries):
            guard let entry = entries[name] else { preconditionFailure("no batch norm '\(name)'") }
            let given = Array(values[entry.meanOffset..<entry.meanOffset + 2 * entry.channels])
            return try compute(entry.channels, scale, shift, given).output
        }
    }
}
