/// What a derived network costs for one image, part by part.
package struct NetworkCost: Sendable, Hashable {
    /// Everything before the first cell.
    package let stem: LayerCost
    /// One a cell, in order, each with its preprocessing.
    package let cells: [LayerCost]
    /// Residual blocks between the stages of a staged network, and the batch norm behind its last cell; zero elsewhere.
    package let between: LayerCost
    /// The linear layer with its biases.
    package let classifier: LayerCost
    /// The auxiliary head's, whether the plan has one or not; nil where the images are too small for it.
    package let auxiliary: LayerCost?

    /// Adds up the plan's layers, pools' batch norms included where the plan has them.
    package init(_ plan: DerivedPlan) {
        stem = LayerCost.sum(plan.stemLayers)
        cells = plan.cells.map { LayerCost.sum(plan.layers(of: $0)) }
        between = LayerCost.sum(
            plan.tailLayers
                + plan.blocks.flatMap { block in
                    if case .residual(let block) = block { block.layers } else { [NetworkLayer]() }
                })
        classifier = LayerCost.sum(plan.classifierLayers)
        auxiliary = plan.auxiliaryFits ? LayerCost.sum(plan.auxiliaryLayers) : nil
    }

    /// Without the auxiliary head, as all papers count.
    package var total: LayerCost { cells.reduce(stem + between + classifier, +) }
}
