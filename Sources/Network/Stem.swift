import SearchSpace
import Tensors

/// What turns images into the first cell's inputs: a 3x3 convolution and batch norm with scale and shift, without ReLU.
enum Stem {
    /// The first cell's two inputs, which are the same.
    static func inputs(
        _ images: Tensor, _ path: CellPath, _ context: ForwardContext
    ) throws(TorchError) -> (before: Tensor, previous: Tensor) {
        let stem = try forward(images, path, context)
        guard path == .kernels else { return (stem, stem) }
        // Three read it: the first cell twice, and the second one.
        let (first, second) = try CellKernels.shared(stem)
        return (first, second)
    }

    static func forward(
        _ images: Tensor, _ path: CellPath, _ context: ForwardContext
    ) throws(TorchError) -> Tensor {
        let weight = context.weights["stem.0.weight"]
        guard path == .kernels else {
            return try context.batchNorm(try images.convolved(with: weight, padding: 1), "stem.1")
        }
        let scale = context.weights["stem.1.weight"]
        let shift = context.weights["stem.1.bias"]
        switch context.statistics {
        case .ofBatch(let collector):
            let entry = collector.entry("stem.1")
            let (output, own) = try CellKernels.stem(
                images, channels: entry.channels, weight: weight, scale: scale, shift: shift, given: nil,
                parts: context.parts)
            collector.add(entry, values: own[...])
            return output
        case .given(let values, let entries):
            guard let entry = entries["stem.1"] else { preconditionFailure("no batch norm 'stem.1'") }
            let given = Array(values[entry.meanOffset..<entry.meanOffset + 2 * entry.channels])
            return try CellKernels.stem(
                images, channels: entry.channels, weight: weight, scale: scale, shift: shift, given: given,
                parts: context.parts
            ).output
        }
    }
}
