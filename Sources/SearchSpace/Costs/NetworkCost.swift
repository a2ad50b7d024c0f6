/// What a derived network costs for one image, part by part.
package struct NetworkCost: Sendable, Hashable {
    package let stem: LayerCost
    /// With their preprocessing.
    package let cells: [LayerCost]
    /// What stands between cells and behind them.
    package let between: LayerCost
    package let classifier: LayerCost
    /// The auxiliary head's, whether the plan has one or not; nil where the images are too small for it.
    package let auxiliary: LayerCost?

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
