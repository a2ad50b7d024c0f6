extension WeightLayout {
    /// The layout of the network in which every edge carries all its candidates (DARTS `model_search.py`).
    ///
    /// 16 channels and 8 cells on 3 x 32 x 32 images of 10 classes: exactly 1,930,618 weights.
    package static func superNetwork(_ plan: NetworkPlan) -> WeightLayout {
        var builder = WeightLayoutBuilder()
        for module in plan.modules {
            builder.append(module.layer, isAffine: module.isAffine, tableEntry: module.tableEntry)
        }
        return WeightLayout(builder)
    }
}
