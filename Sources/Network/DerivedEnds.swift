import SearchSpace
import Tensors

/// What stands before and beside the cells of a derived network.
enum DerivedEnds {
    /// The two inputs of the first cell. The CIFAR form's are the same, and the stem has no ReLU; in the ImageNet form the
    /// first is twice as large as the second.
    static func stem(
        _ images: Tensor, _ form: DerivedPlan.Form, _ path: CellPath, _ context: ForwardContext
    ) throws(TorchError) -> (before: Tensor, previous: Tensor) {
        switch form {
        case .cifar, .stages:
            let stem = try Stem.forward(images, path, context)
            return (stem, stem)
        case .imageNet:
            func halved(
                _ input: Tensor, rectifies: Bool, _ name: String, norm: String
            ) throws(TorchError) -> Tensor {
                try Stem.halved(input, rectifies: rectifies, name, norm: norm, path, context)
            }
            let half = try halved(images, rectifies: false, "stem0.0", norm: "stem0.1")
            let quarter = try halved(half, rectifies: true, "stem0.3", norm: "stem0.4")
            return (quarter, try halved(quarter, rectifies: true, "stem1.1", norm: "stem1.2"))
        }
    }

    /// Logits of the auxiliary head (`DerivedPlan.auxiliaryLayers`).
    static func auxiliaryHead(
        _ input: Tensor, _ plan: DerivedPlan, _ path: CellPath, _ context: ForwardContext
    ) throws(TorchError) -> Tensor {
        let name = "auxiliary_head.features"
        let rows = DerivedPlan.auxiliaryPool(side: plan.auxiliaryCell.outputHeight)
        let columns = DerivedPlan.auxiliaryPool(side: plan.auxiliaryCell.outputWidth)
        guard path == .operators else {
            return try auxiliaryKernels(input, plan, name, rows: rows.kernel, columns: columns.kernel, context)
        }
        let pooled = try input.relu().windowMeans(rows: rows, columns: columns)
        let narrow = try context.batchNorm(
            try pooled.convolved(with: context.weights["\(name).2.weight"]), "\(name).3")
        let wide = try narrow.relu().convolved(with: context.weights["\(name).5.weight"])
        let normalised = plan.form == .cifar ? try context.batchNorm(wide, "\(name).6") : wide
        return try normalised.relu().globalMean().linear(
            weight: context.weights["auxiliary_head.classifier.weight"],
            bias: context.weights["auxiliary_head.classifier.bias"])
    }

    private static func auxiliaryKernels(
        _ input: Tensor, _ plan: DerivedPlan, _ name: String, rows: Int, columns: Int, _ context: ForwardContext
    ) throws(TorchError) -> Tensor {
        let entry = context.statisticEntry("\(name).3")
        let (wide, own) = try CellKernels.auxiliary(
            input, rows: rows, columns: columns, channels: entry.channels,
            pointwise: context.weights["\(name).2.weight"], scale: context.weights["\(name).3.weight"],
            shift: context.weights["\(name).3.bias"], square: context.weights["\(name).5.weight"])
        context.collect(entry, own)
        return try KernelHead(
            name: "auxiliary_head.classifier", norm: plan.form == .cifar ? "\(name).6" : nil, hasRelu: true
        ).logits(wide, context)
    }
}
