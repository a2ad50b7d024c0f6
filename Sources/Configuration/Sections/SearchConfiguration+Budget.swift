import Host
package import SearchSpace

extension SearchConfiguration {
    /// How small the derived network is to be: by a coefficient on a cost, by a preset, or by a target; one of them.
    package struct Budget: Sendable, Equatable {
        /// What is priced by a coefficient: nothing, one resource or all.
        package enum Subject: String, Sendable, CaseIterable {
            case none
            case parameters
            case flops
            case memory
            case latency
            /// All three that are counted.
            case mixed

            /// The resources that a `CostTerm` adds up; empty for `none`.
            package var resources: [Resource] {
                switch self {
                case .none: []
                case .parameters: [.parameters]
                case .flops: [.flops]
                case .memory: [.memory]
                case .latency: [.latency]
                case .mixed: Resource.counted
                }
            }
        }

        /// Sizes by the paper's names of its three cells. Here we leave the paper, whose names are three fixed coefficients: what a
        /// coefficient comes to depends on data, length and luck (in one short search 0.12 came to
        /// 2.1 M weights and 0.14 to 2.6 M), so a name asks for the size that the paper reports and the multiplier is found while searching.
        package enum Constraint: String, Sendable, CaseIterable {
            case none
            case mild
            case moderate
            case aggressive

            /// As the paper rounds them, at 36 channels and 20 cells on CIFAR-10 (table 2; the published cells count 2.66, 2.85 and
            /// 2.31 M).
            private var publishedParameters: Int? {
                switch self {
                case .none: nil
                case .mild: 2_900_000
                case .moderate: 2_800_000
                case .aggressive: 2_300_000
                }
            }

            /// The published size, carried over to the network that the budget speaks of: the same share of what its operations can add
            /// to its fixed part. Nil for `none`.
            package func parameters(of size: DerivedSize) -> Int? {
                guard let publishedParameters else { return nil }
                let published = DerivedSize(.target(.darts())).bounds(.parameters)
                let own = size.bounds(.parameters)
                let share =
                    Double(publishedParameters - published.smallest) / Double(published.largest - published.smallest)
                return own.smallest + Int((share * Double(own.largest - own.smallest)).rounded())
            }
        }

        /// No cost and no target.
        package init() {}

        /// No cost and no target, of the same network: how many cells that has must fit the space.
        package var withoutAims: Budget {
            var budget = Budget()
            (budget.targetChannels, budget.targetLayers) = (targetChannels, targetLayers)
            return budget
        }

        /// What is priced; `none` unless a coefficient is asked for in this way.
        package var resource = Subject.none
        /// How the operations' costs become one number.
        package var form = CostForm.normalised
        /// How the gradient of the expected cost by alpha is estimated.
        package var method = CostMethod.reparametrization
        /// Coefficient of the cost; nil is the form's own (`effectiveLambda`).
        package var lambda: Double?
        /// Weight of the reduction cells against the normal ones.
        package var ratio = 1.0
        /// b of a (ln size)^b, in the forms `product` and `sum` (FBNet's 0.6).
        package var power = 0.6
        /// A published size as target; `none` asks for none.
        package var constraint = Constraint.none
        /// Weights that the derived network is to have, fixed part included; nil is no target.
        package var targetParameters: Int?
        /// Multiply-adds for one image; nil is no target.
        package var targetFlops: Int?
        /// Elements read and written for one image; nil is no target.
        package var targetMemory: Int?
        /// Nanoseconds of a pass, by `latencyTable`; nil is no target.
        package var targetLatency: Int?
        /// What operations take on some machine; nil where nobody measured.
        package var latencyTable: LatencyTable?
        /// Channels of the first cells of the network that presets and targets speak of; the searched one may be
        /// smaller.
        package var targetChannels = 36
        /// Cells of the network that presets and targets speak of.
        package var targetLayers = 20

        /// For the normalised form, which the official code lacks: between 0.06, with which 582 steps on 7,800 images came to 3.9 M, and
        /// 0.15, with which they came to 2.0 M.
        private static let normalisedLambda = 0.1

        /// The coefficient in force: the official code's own defaults, by form and method, where none is given.
        package var effectiveLambda: Double {
            if let lambda { return lambda }
            switch (form, method) {
            case (.normalised, _): return Self.normalisedLambda
            // FBNet's alpha.
            case (.product, _), (.sum, _): return 0.2
            case (.log, .policyGradient): return 1e-4
            case (.log, _): return 1e-2
            case (.linear, .discrete): return 1e-4
            case (.linear, _): return 1e-5
            }
        }

        /// The targets that are given, under their settings' names.
        package var targets: [(name: String, resource: Resource, value: Int)] {
            let all: [(String, Resource, Int?)] = [
                ("target_params", .parameters, targetParameters), ("target_flops", .flops, targetFlops),
                ("target_memory", .memory, targetMemory), ("target_latency", .latency, targetLatency),
            ]
            return all.compactMap { entry in entry.2.map { (entry.0, entry.1, $0) } }
        }

        /// Whether the cell's size is given, and not only what it costs.
        package var asksForSize: Bool { !targets.isEmpty || constraint != .none }

        /// One way of asking at a time.
        ///
        /// - Throws: `UserError` (configuration).
        func checkConsistency() throws {
            var ways = targets.map { "\($0.name) \($0.resource.text($0.value))" }
            if constraint != .none { ways.append("constraint \(constraint.rawValue)") }
            if resource != .none { ways.append("resource \(resource.rawValue)") }
            guard ways.count <= 1 else {
                throw UserError(
                    .configuration, "\(ways.joined(separator: " and ")) cannot be asked for together: give one of them")
            }
            if let lambda, resource == .none {
                let reason =
                    ways.first.map { "\($0) finds its coefficient itself" }
                    ?? "nothing says what costs: add --resource parameters, flops, memory, latency or mixed"
                throw UserError(.configuration, "resource_lambda \(lambda): \(reason)")
            }
            guard latencyTable != nil || (targetLatency == nil && resource != .latency) else {
                throw UserError(
                    .configuration,
                    "\(ways[0]): nothing says how long operations take; snas measure latency --out F.json measures it, and "
                        + "--latency_table F.json gives it")
            }
        }

        /// The network that presets and targets speak of.
        package func plan(image: ImageShape, classes: Int, space: SearchSpace) -> NetworkPlan {
            NetworkPlan(
                image: image, classes: classes, initChannels: targetChannels, layers: targetLayers, space: space)
        }

        /// The size of every network that targets may speak of.
        ///
        /// - Throws: `UserError`: configuration for a target that no network has and for a table of another network, data for a table
        ///   with holes.
        package func size(of plan: NetworkPlan) throws -> DerivedSize {
            try latencyTable?.check(fits: plan)
            let size = DerivedSize(plan, measured: latencyTable?.costs)
            try check(size)
            return size
        }

        /// Refuses a target that no network of the space has.
        ///
        /// - Throws: `UserError` (configuration) with what is possible.
        private func check(_ size: DerivedSize) throws {
            for target in targets {
                let (resource, bounds) = (target.resource, size.bounds(target.resource))
                guard target.value < bounds.smallest || target.value > bounds.largest else { continue }
                let sides =
                    resource == .latency
                    ? ("below the fastest", "above the slowest") : ("below the smallest", "above the largest")
                let side = target.value < bounds.smallest ? sides.0 : sides.1
                throw UserError(
                    .configuration,
                    "\(target.name) \(resource.text(target.value)) is \(side) network at \(targetChannels) channels and "
                        + "\(targetLayers) cells on these images: possible are \(resource.text(bounds.smallest)) (every edge "
                        + "none) to \(resource.text(bounds.largest)) \(resource.unit)")
            }
        }
    }
}
