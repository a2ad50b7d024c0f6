import SearchSpace
import Tensors

/// A block of a network, ready to compute.
enum ComputedBlock: Sendable {
    case cell(Cell)
    case kernels(KernelCell)
    case derivedCell(DerivedCell)
    case derivedKernels(DerivedKernelCell)
    case residual(ResidualBlock, CellPath)

    /// - Returns: what the next block reads: `previous` again, and the output.
    func forward(
        _ before: Tensor, _ previous: Tensor, _ context: ForwardContext
    ) throws(TorchError) -> (previous: Tensor, output: Tensor) {
        switch self {
        case .cell(let cell): (previous, try cell.forward(before, previous, context))
        case .kernels(let cell): try cell.forward(before, previous, context)
        case .derivedCell(let cell): (previous, try cell.forward(before, previous, context))
        case .derivedKernels(let cell): try cell.forward(before, previous, context)
        case .residual(let block, let path): (previous, try block.forward(previous, path, context))
        }
    }
}
