extension WeightLayout {
    /// The layout of a network that is built from a genotype, named as in DARTS' and SNAS' `model.py`; every batch norm has
    /// scale and shift.
    ///
    /// DARTS_V2 with 36 channels and 20 cells on 3 x 32 x 32 images of 10 classes: exactly 3,349,342 weights, and 476,426
    /// more with the auxiliary head.
    package static func derivedNetwork(_ plan: DerivedPlan) -> WeightLayout {
        var builder = WeightLayoutBuilder()
        for layer in plan.layers { builder.append(layer, isAffine: true) }
        return WeightLayout(builder)
    }
}
