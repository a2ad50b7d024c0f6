import SearchSpace
import Tensors

/// What stands behind the last block: the mean over its map and one linear layer.
extension Skeleton {
    /// Logits of the last block's output: images x classes.
    func logits(_ output: Tensor, _ context: ForwardContext) throws(TorchError) -> Tensor {
        let active = hasTailNorm ? try context.batchNorm(output, Self.tailNorm).relu() : output
        return try active.globalMean()
            .linear(weight: context.weights["classifier.weight"], bias: context.weights["classifier.bias"])
    }
}
