import Host
package import SearchSpace

extension SearchConfiguration {
    /// What the network is made of: its cells, how many there are and how wide.
    package struct Space: Sendable, Equatable {
        /// Channels of the first cells; reductions, or NAS-Bench-201's residual blocks, double them.
        package var initChannels = 16
        /// Cells of the network, reductions included, in every skeleton.
        package var layers = 8
        /// The search space. A retraining has its genotype's instead.
        package var cells = Cells()

        /// What the cells choose from.
        package struct Cells: Sendable, Equatable {
            /// What `--space` names.
            package var choice = Choice.named(.darts)
            /// Candidates that edges keep; nil is all of the space's.
            package var operations: [Operation]?
            /// Intermediate nodes of a cell.
            package var nodes = 4
            /// Whether a skip stands beside every mixed operation of the super-network.
            package var auxiliarySkip = false

            /// A space with a name, or one of one's own (`SpaceFile`).
            package enum Choice: Sendable, Equatable {
                case named(NamedSpace)
                case own(SearchSpace)
            }

            /// As it is called.
            package var name: String {
                switch choice {
                case .named(let space): space.rawValue
                case .own(let space): space.name
                }
            }

            /// How its cells are stacked.
            package var skeleton: Skeleton {
                switch choice {
                case .named(let space): space.skeleton
                case .own(let space): space.skeleton
                }
            }

            /// Nodes that the space is given for; nil where it takes any number.
            var fixedNodes: Int? {
                switch choice {
                case .named(let space): space.fixedNodes
                case .own(let space): space.nodes
                }
            }

            /// With all its operations.
            ///
            /// Precondition: `nodes` fits.
            var whole: SearchSpace {
                switch choice {
                case .named(let space): space.space(nodes: nodes)
                case .own(let space): space
                }
            }

            /// With the operations that are asked for; nil where an edge could do nothing.
            var chosen: SearchSpace? {
                restricted?.withAuxiliarySkip(auxiliarySkip)
            }

            private var restricted: SearchSpace? {
                guard let operations = operations.map(Set.init) else { return whole }
                switch choice {
                case .named(let space): return space.space(nodes: nodes, operations: operations)
                case .own(let space):
                    return operations.isSubset(of: space.operations) ? space.restricted(to: operations) : nil
                }
            }
        }

        /// The space that the settings name.
        ///
        /// Precondition: `check` found nothing.
        package var searchSpace: SearchSpace {
            guard let space = cells.chosen else { preconditionFailure("an edge of the space can do nothing") }
            return space
        }

        /// - Parameters:
        ///   - genotype: of a retraining.
        ///   - targetLayers: cells of the network that a budget speaks of.
        /// - Throws: `UserError` (configuration) where the settings name no space, or its cells cannot be stacked.
        func check(_ genotype: Genotype?, targetLayers: Int) throws {
            let skeleton = genotype?.form.skeleton ?? cells.skeleton
            let stacked = [("layers", layers)] + (genotype == nil ? [("target_layers", targetLayers)] : [])
            for (name, layers) in stacked where !skeleton.takes(layers: layers) {
                throw UserError(
                    .configuration,
                    "\(name) \(layers): NAS-Bench-201's cells stand in \(Skeleton.stageCount) stages of as many each (the benchmark "
                        + "has 15)")
            }
            if let fixed = cells.fixedNodes, fixed != cells.nodes {
                throw UserError(
                    .configuration,
                    "space \(cells.name) is given for \(fixed) nodes, and nodes is \(cells.nodes)")
            }
            guard cells.chosen != nil else {
                let left = (cells.operations ?? []).map(\.name).joined(separator: ",")
                throw UserError(
                    .configuration,
                    "operations \(left): every edge of space \(cells.name) must be left one that does something, of "
                        + cells.whole.operations.map(\.name).joined(separator: ", "))
            }
        }
    }
}
