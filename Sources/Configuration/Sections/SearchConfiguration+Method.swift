import Host
import SearchSpace

extension SearchConfiguration {
    /// How a search steps.
    package struct Method: Sendable, Equatable {
        /// Decides how shards mix operations, what `auto` of `level` means, and how the cell is taken from alpha.
        package var search = Search.snas
        /// Whether alpha shares the weights' images; `isBilevel` says what it comes to.
        package var level = LevelChoice.auto
        /// Whether a bilevel search looks a step of the weights ahead (DARTS' second order).
        package var unrolled = false
        /// How the cell is taken; `derivation` and `candidates` say what it comes to.
        package var derive = Derive.auto

        /// The names of `--search`. What one of them sets otherwise than the defaults is in `ownDefaults`.
        package enum Search: String, Sendable, CaseIterable {
            /// Each shard draws a relaxed sample of alpha (Xie et al. 2019); every edge keeps its most probable operation.
            case snas
            /// Every shard's mixture is softmax(alpha) (Liu et al. 2019); every node keeps its two strongest edges.
            case darts
            /// Every shard computes the operation that it draws on each edge alone (Dong and Yang 2019); two edges a node are kept.
            case gdas
            /// The same, drawn without a temperature, and alpha's gradient by each edge's own credit (Hu et al. 2020).
            case dsnas
            /// The same, and alpha learns as a policy by the accuracy of children (Pham et al. 2018); the best of several is kept.
            case enas
        }

        /// Which images alpha learns from.
        package enum LevelChoice: String, Sendable, CaseIterable {
            /// Each search's own: `single` of SNAS and DSNAS, `bilevel` of DARTS, GDAS and ENAS.
            case auto
            /// Weights and alpha learn from the same batch.
            case single
            /// Alpha learns from images of its own, of which the weights learn nothing.
            case bilevel
        }

        /// Whether alpha's steps and the weights' take different images, with `auto` resolved.
        package var isBilevel: Bool {
            switch level {
            case .single: false
            case .bilevel: true
            case .auto:
                switch search {
                case .snas, .dsnas: false
                case .darts, .gdas, .enas: true
                }
            }
        }

        /// Whether a shard's mixture is a draw, with noise.
        package var drawsMixtures: Bool { search != .darts }

        /// Whether what is drawn depends on a temperature.
        package var readsTemperature: Bool { search == .snas || search == .gdas }

        /// Whether one operation an edge is computed.
        package var isOneHot: Bool { search == .gdas || drawsChildren }

        /// Whether a shard draws its operations from softmax(alpha), and nothing of it is relaxed.
        package var drawsChildren: Bool { search == .dsnas || search == .enas }

        /// Whether alpha learns by rewards of whole children, and not by a loss.
        package var isPolicy: Bool { search == .enas }

        /// Passes forward and backward over a batch that a step takes in which alpha moves; a policy's rewards are no such pass.
        package var passesPerStep: Int { isPolicy ? 1 : isBilevel ? unrolled ? 5 : 2 : 1 }
    }

    /// Share of the training images, of what the judges leave, that alpha of a bilevel search learns from.
    package var searchPortion: Double {
        method.isBilevel ? data.searchPortion ?? max(0, 1 - data.trainPortion - choosingPortion) : 0
    }

    /// Images that a step of alpha reads of those that alpha of a bilevel search learns from.
    package var searchBatch: Int { method.isPolicy ? policy.imagesPerStep : training.batchSize }

    /// Epochs of weights alone, from the first on: round(warmup x epochs), and at most all but one, for a search without an epoch of
    /// searching finds nothing.
    package var warmupEpochs: Int {
        min(training.epochs - 1, Int((architecture.warmup * Double(training.epochs)).rounded()))
    }

    /// - Throws: `UserError` (configuration) where the method has not what it needs.
    func checkMethod() throws {
        try checkLookAhead()
        guard !method.isOneHot || architecture.parameterlessDropout == 0 else {
            throw UserError(
                .configuration,
                "parameterless_dropout takes operations out of a mixture, and --search \(method.search.rawValue) computes one an edge"
            )
        }
        try checkFloor()
        guard method.isBilevel || architecture.alphaEvery == 1 else {
            throw UserError(
                .configuration,
                "alpha_every \(architecture.alphaEvery) gives alpha rounds of its own, and in this search of a single level it learns from "
                    + "the weights' rounds")
        }
        try checkPortions()
        try checkPolicy()
        try checkCost()
        try checkDerivation()
    }

    /// What is left out of a relaxed mixture is left out by its Z alone, and its shards' losses are taken as they are.
    private func checkFloor() throws {
        guard architecture.skipBelow > 0 else { return }
        guard architecture.parameterlessDropout == 0 else {
            throw UserError(
                .configuration,
                "skip_below leaves out operations by their part of the mixture, and parameterless_dropout by chance: take one of them"
            )
        }
        guard budget.form != .product || budget.resource == .none else {
            throw UserError(
                .configuration,
                "resource_form product multiplies the loss of a network of which nothing is left out: take sum, or leave skip_below out"
            )
        }
    }

    private func checkLookAhead() throws {
        guard method.unrolled else { return }
        guard method.isBilevel else {
            throw UserError(
                .configuration, "unrolled looks ahead of a bilevel search's weights, and this search has a single level"
            )
        }
        guard !method.isOneHot else {
            throw UserError(
                .configuration, "unrolled looks ahead of softmax(alpha), and --search \(method.search.rawValue) draws")
        }
        guard budget.form != .product || budget.resource == .none else {
            throw UserError(
                .configuration,
                "unrolled looks ahead of the loss, and resource_form product multiplies it shard by shard")
        }
    }

    private func checkPortions() throws {
        guard method.isBilevel || (data.searchPortion ?? 0) == 0 else {
            throw UserError(
                .configuration,
                "search_portion sets images aside for alpha of a bilevel search, and this search has a single level")
        }
        guard !method.isBilevel || searchPortion > 0 else {
            throw UserError(
                .configuration,
                "a bilevel search needs images for alpha, and train_portion \(data.trainPortion) with search_portion "
                    + "\(searchPortion) leaves it none")
        }
        // A share is counted in billionths (`DataSplit`).
        guard data.trainPortion + searchPortion + choosingPortion <= 1 + 1e-9 else {
            let choosing = choosingPortion > 0 ? " and choosing_portion \(choosingPortion)" : ""
            throw UserError(
                .configuration,
                "train_portion \(data.trainPortion) and search_portion \(searchPortion)\(choosing) are more than all images together"
            )
        }
    }

    private func checkPolicy() throws {
        guard method.isPolicy else {
            guard policy.reward == .accuracy else {
                throw UserError(
                    .configuration,
                    "reward \(policy.reward.rawValue) is a policy's, and --search \(method.search.rawValue) learns by a loss; give it a "
                        + "cost (--resource) or take --search enas")
            }
            return
        }
        guard method.isBilevel else {
            throw UserError(
                .configuration,
                "--search enas judges children on images that the weights learn nothing of: it has no single level")
        }
        guard policy.baseline != .leaveOneOut || policy.children > 1 else {
            throw UserError(
                .configuration, "baseline leave_one_out compares a child with the others of its step, and children is 1"
            )
        }
        guard policy.reward == .accuracy || !budget.targets.isEmpty else {
            throw UserError(
                .configuration,
                "reward \(policy.reward.rawValue) compares a child's size with a target: add one, as --target_params 2.8M"
            )
        }
    }

    /// What a cost's form and estimator ask of the method.
    private func checkCost() throws {
        guard budget.resource != .none else { return }
        let isWhole = budget.form.isOfWholeNetwork
        guard !method.drawsChildren || budget.method != .reparametrization else {
            throw UserError(
                .configuration,
                "resource_method reparametrization goes through a relaxed draw, and --search \(method.search.rawValue) has none: take "
                    + "discrete or policy_gradient")
        }
        guard budget.form != .product || !method.isOneHot else {
            throw UserError(
                .configuration,
                "resource_form product multiplies the loss of a relaxed network, and --search \(method.search.rawValue) computes one "
                    + "operation an edge: take sum")
        }
        guard !isWhole || budget.method != .policyGradient else {
            throw UserError(
                .configuration,
                "resource_method policy_gradient goes edge by edge, and resource_form \(budget.form.rawValue) has one cost of the whole "
                    + "network: take reparametrization or discrete")
        }
        guard !isWhole || budget.resource != .mixed else {
            throw UserError(
                .configuration,
                "resource mixed adds up resources, and resource_form \(budget.form.rawValue) is the logarithm of one: name it"
            )
        }
    }
}

extension SearchConfiguration {
    /// Settings that nothing of the method reads, each with the reason.
    package var unread: [(key: String, reason: String)] {
        let temperature = Setting.all.map(\.key).filter { $0.hasPrefix("temperature.") }
        var unread: [(key: String, reason: String)] = []
        if !method.drawsMixtures {
            unread += (temperature + ["architecture.noise", "evaluation.evaluation_draws"]).map {
                ($0, "draws nothing")
            }
        } else if !method.readsTemperature {
            unread += temperature.map { ($0, "draws without a temperature") }
        }
        if method.search != .snas { unread.append(("architecture.skip_below", "has no relaxed mixture that is drawn")) }
        if !method.isPolicy {
            unread += Setting.all.map(\.key).filter { $0.hasPrefix("policy.") && $0 != "policy.reward" }
                .map { ($0, "rewards nothing") }
        }
        return unread
    }
}
