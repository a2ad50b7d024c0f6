import SearchSpace

/// What a method or a space brings along where nobody says otherwise, as its papers have it.
extension SearchConfiguration {
    /// By `section.key`.
    var ownDefaults: [(key: String, value: String)] { methodDefaults + spaceDefaults }

    private var methodDefaults: [(key: String, value: String)] {
        switch method.search {
        case .snas, .darts: []
        // Dong and Yang 2019: tau falls from 10 to 0.1.
        case .gdas: [("temperature.temp", "10.0"), ("temperature.temp_min", "0.1")]
        // Hu et al. 2020: alpha by Adam at 1e-3 without decay.
        case .dsnas:
            [
                ("architecture.arch_learning_rate", "0.001"), ("architecture.arch_weight_decay", "0.0"),
                ("budget.resource_method", "discrete"),
            ]
        // The official ENAS controller for cells: Adam at 0.0035, beta1 0, no decay.
        case .enas:
            [
                ("architecture.arch_learning_rate", "0.0035"), ("architecture.arch_beta1", "0.0"),
                ("architecture.arch_weight_decay", "0.0"), ("budget.resource_method", "discrete"),
            ]
        }
    }

    private var spaceDefaults: [(key: String, value: String)] {
        let skeleton = retrain.genotype?.form.skeleton ?? space.cells.skeleton
        switch skeleton {
        case .reductions: return []
        case .stages:
            let (channels, layers) = skeleton.published
            return [
                ("space.init_channels", "\(channels)"), ("space.layers", "\(layers)"),
                ("budget.target_channels", "\(channels)"),
                ("budget.target_layers", "\(layers)"),
            ]
        }
    }
}
