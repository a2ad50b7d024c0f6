import SearchSpace
import Tensors

/// A block of a network, ready to compute.
enum ComputedBlock: Sendable {
    case cell(Cell)
    case kernels(KernelCell)
    case derivedCell(DerivedCell)
    case derivedKernels(DerivedKernelCell)
    case residual(ResidualBlock)

    /// - Returns: what the next block reads.
    func forward(_ before: Tensor, _ previous: Tensor, _ context: ForwardContext) throws(TorchError) -> Tensor {
        switch self {
        case .cell(let cell): try cell.forward(before, previous, context)
        case .kernels(let cell): try cell.forward(before, previous, context)
        case .derivedCell(let cell): try cell.forward(before, previous, context)
        case .derivedKernels(let cell): try cell.forward(before, previous, context)
        case .residual(let block): try block.forward(previous, context)
        }
    }
}

extension ResidualBlock {
    func forward(_ input: Tensor, _ context: ForwardContext) throws(TorchError) -> Tensor {
        let (main, shortcut) = chains
        var output = input
        for (name, chain) in main { output = try chain.forward(output, name, context) }
        return try shortcut.chain.forward(input, shortcut.name, context) + output
    }
}

extension Skeleton {
    /// Logits of the last block's output: images x classes.
    func logits(_ output: Tensor, _ context: ForwardContext) throws(TorchError) -> Tensor {
        let active = self == .stages ? try context.batchNorm(output, Self.tailNorm).relu() : output
        return try active.globalMean()
            .linear(weight: context.weights["classifier.weight"], bias: context.weights["classifier.bias"])
    }
}
