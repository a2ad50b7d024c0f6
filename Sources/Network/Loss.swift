import Tensors

/// What a pass minimises: mean cross-entropy of the classifier's logits, and of an auxiliary head's with its weight.
struct Loss {
    /// Share of each label that is spread over all classes.
    var smoothing = 0.0
    /// What the auxiliary head's loss counts.
    var auxiliaryWeight = 0.0
    let path: CellPath

    /// - Parameter auxiliary: logits of the auxiliary head; nil where there is none.
    func of(_ logits: Tensor, auxiliary: Tensor? = nil, labels: Tensor) throws(TorchError) -> Tensor {
        switch path {
        case .kernels:
            var heads = [(logits: logits, weight: 1.0)]
            if let auxiliary { heads.append((auxiliary, auxiliaryWeight)) }
            return try CellKernels.loss(heads, labels: labels, smoothing: smoothing)
        case .operators:
            let own = try byOperators(logits, labels)
            guard let auxiliary else { return own }
            return try own + (try byOperators(auxiliary, labels).scaled(by: auxiliaryWeight))
        }
    }

    private func byOperators(_ logits: Tensor, _ labels: Tensor) throws(TorchError) -> Tensor {
        smoothing == 0
            ? try logits.crossEntropy(labels: labels)
            : try logits.crossEntropy(labels: labels, smoothing: smoothing)
    }

    /// Without smoothing, summed over the images.
    func sum(_ logits: Tensor, labels: Tensor) throws(TorchError) -> Double {
        switch path {
        case .kernels: try CellKernels.lossSum(logits, labels: labels)
        case .operators: try logits.crossEntropy(labels: labels, sum: true).scalar()
        }
    }
}
