import SearchSpace
import Tensors

/// What stands before and beside the cells of a derived network.
enum DerivedEnds {
    /// The two inputs of the first cell. The CIFAR form's are the same, and the stem has no ReLU; in the ImageNet form the
    /// first is twice as large as the second.
    static func stem(
        _ images: Tensor, _ form: DerivedPlan.Form, _ path: CellPath, _ context: ForwardContext
    ) throws(TorchError) -> (before: Tensor, previous: Tensor) {
        func halved(_ input: Tensor, _ name: String, norm: String) throws(TorchError) -> Tensor {
            try context.batchNorm(
                try input.convolved(with: context.weights["\(name).weight"], stride: 2, padding: 1), norm)
        }
        switch form {
        case .cifar, .stages:
            return try Stem.inputs(images, path, context)
        case .imageNet:
            let half = try halved(images, "stem0.0", norm: "stem0.1")
            let quarter = try halved(try half.relu(), "stem0.3", norm: "stem0.4")
            return (quarter, try halved(try quarter.relu(), "stem1.1", norm: "stem1.2"))
        }
    }

    /// Logits of the auxiliary head (`DerivedPlan.auxiliaryLayers`).
    static func auxiliaryHead(
        _ input: Tensor, _ plan: DerivedPlan, _ context: ForwardContext
    ) throws(TorchError) -> Tensor {
        let name = "auxiliary_head.features"
        let pooled = try input.relu().windowMeans(
            rows: DerivedPlan.auxiliaryPool(side: plan.auxiliaryCell.outputHeight),
            columns: DerivedPlan.auxiliaryPool(side: plan.auxiliaryCell.outputWidth))
        let narrow = try context.batchNorm(
            try pooled.convolved(with: context.weights["\(name).2.weight"]), "\(name).3")
        let wide = try narrow.relu().convolved(with: context.weights["\(name).5.weight"])
        let normalised = plan.form == .cifar ? try context.batchNorm(wide, "\(name).6") : wide
        return try normalised.relu().globalMean().linear(
            weight: context.weights["auxiliary_head.classifier.weight"],
            bias: context.weights["auxiliary_head.classifier.bias"])
    }
}
