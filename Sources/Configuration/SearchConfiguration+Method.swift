import Host
package import SearchSpace

extension SearchConfiguration {
    /// How a search steps.
    package struct Method: Sendable, Equatable {
        /// Decides how shards mix operations, what `auto` of `level` means, and how the cell is taken from alpha.
        package var search = Search.snas
        /// Whether alpha shares the weights' images; `isBilevel` says what it comes to.
        package var level = LevelChoice.auto
        /// Whether a bilevel search looks a step of the weights ahead (DARTS' second order).
        package var unrolled = false

        /// The names of `--search`. What one of them sets otherwise than the defaults is in `ownDefaults`.
        package enum Search: String, Sendable, CaseIterable {
            /// Each shard draws a relaxed sample of alpha (Xie et al. 2019); every edge keeps its most probable operation.
            case snas
            /// Every shard's mixture is softmax(alpha) (Liu et al. 2019); every node keeps its two strongest edges.
            case darts
            /// Every shard computes the operation that it draws on each edge alone (Dong and Yang 2019); two edges a node are kept.
            case gdas
        }

        /// Which images alpha learns from.
        package enum LevelChoice: String, Sendable, CaseIterable {
            /// Each search's own: `single` of SNAS, `bilevel` of DARTS and GDAS.
            case auto
            /// Weights and alpha learn from the same batch.
            case single
            /// Alpha learns from images of its own, of which the weights learn nothing.
            case bilevel
        }

        /// Whether alpha's steps and the weights' take different images, with `auto` resolved.
        package var isBilevel: Bool { level == .auto ? search != .snas : level == .bilevel }

        /// Whether a shard's mixture is a draw, with a temperature and noise.
        package var drawsMixtures: Bool { search != .darts }

        /// Passes forward and backward over a batch that a step takes once alpha moves.
        package var passesPerStep: Int { isBilevel ? unrolled ? 5 : 2 : 1 }
    }

    /// How the cell is taken from alpha. A cell of NAS-Bench-201 keeps every edge.
    package var derivation: DerivationRule {
        method.search != .snas && space.cells.skeleton.takesTwoEdgesANode ? .darts : .snas
    }

    /// Share of the training images, of what the judges leave, that alpha of a bilevel search learns from.
    package var searchPortion: Double { method.isBilevel ? data.searchPortion ?? 1 - data.trainPortion : 0 }

    /// Epochs of weights alone, from the first on: round(warmup x epochs), and at most all but one, for a search without an epoch of
    /// searching finds nothing.
    package var warmupEpochs: Int {
        min(training.epochs - 1, Int((architecture.warmup * Double(training.epochs)).rounded()))
    }

    /// - Throws: `UserError` (configuration) where the method has not what it needs.
    func checkMethod() throws {
        guard method.isBilevel || !method.unrolled else {
            throw UserError(
                .configuration, "unrolled looks ahead of a bilevel search's weights, and this search has a single level"
            )
        }
        guard method.search != .gdas || !method.unrolled else {
            throw UserError(.configuration, "unrolled looks ahead of softmax(alpha), and --search gdas draws")
        }
        guard method.search != .gdas || architecture.parameterlessDropout == 0 else {
            throw UserError(
                .configuration,
                "parameterless_dropout takes operations out of a mixture, and --search gdas computes one an edge")
        }
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
        guard data.trainPortion + searchPortion <= 1 + 1e-9 else {
            throw UserError(
                .configuration,
                "train_portion \(data.trainPortion) and search_portion \(searchPortion) are more than all images together"
            )
        }
        try checkDerivation()
    }

    private func checkDerivation() throws {
        guard derivation == .darts else { return }
        for kind in space.searchSpace.kinds {
            for node in space.searchSpace.topology(kind).nodes
            where space.searchSpace.usableEdges(kind, into: node).count < 2 {
                throw UserError(
                    .configuration,
                    "--search \(method.search.rawValue) keeps two edges a node, and node \(node) of space \(space.cells.name)'s "
                        + "\(kind) cell has one")
            }
        }
        guard !budget.asksForSize else {
            throw UserError(
                .configuration,
                "a target holds the size of a cell that keeps every edge, and --search \(method.search.rawValue) keeps two edges a node; give it a "
                    + "cost (--resource)")
        }
    }
}

extension SearchConfiguration.Method {
    /// Settings that nothing of this method reads.
    var unread: [String] {
        drawsMixtures
            ? []
            : Setting.all.map(\.key).filter { $0.hasPrefix("temperature.") }
                + ["architecture.noise", "evaluation.evaluation_draws"]
    }
}
