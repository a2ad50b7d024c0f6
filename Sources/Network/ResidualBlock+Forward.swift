import SearchSpace
import Tensors

/// A residual block by libtorch's operators.
extension ResidualBlock {
    func forward(_ input: Tensor, _ context: ForwardContext) throws(TorchError) -> Tensor {
        let (main, shortcut) = chains
        var output = input
        for (name, chain) in main { output = try chain.forward(output, name, context) }
        return try shortcut.chain.forward(input, shortcut.name, context) + output
    }
}
