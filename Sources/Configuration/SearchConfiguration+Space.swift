import Host
package import SearchSpace

extension SearchConfiguration {
    package struct Space: Sendable, Equatable {
        package var initChannels = 16
        package var layers = 8
        package var cells = Cells()

        /// What the cells choose from.
        package struct Cells: Sendable, Equatable {
            package var name = NamedSpace.darts
            /// Nil is all of the space's.
            package var operations: [Operation]?
            /// Intermediate nodes of a cell.
            package var nodes = 4
        }

        /// The space that the settings name.
        ///
        /// Precondition: `check` found nothing.
        package var searchSpace: SearchSpace {
            guard let space = chosen else { preconditionFailure("an edge of the space can do nothing") }
            return space
        }

        private var chosen: SearchSpace? {
            guard let operations = cells.operations else { return cells.name.space(nodes: cells.nodes) }
            return cells.name.space(nodes: cells.nodes, operations: Set(operations))
        }

        /// - Parameter genotype: of a retraining.
        /// - Throws: `UserError` (configuration) where the settings name no space, or its cells cannot be stacked.
        func check(_ genotype: Genotype?) throws {
            let skeleton = genotype.map { $0.inputs == 1 ? Skeleton.stages : .reductions } ?? cells.name.skeleton
            guard skeleton.takes(layers: layers) else {
                throw UserError(
                    .configuration,
                    "layers \(layers): NAS-Bench-201's cells stand in \(Skeleton.stageCount) stages of as many each (the benchmark "
                        + "has 15)")
            }
            if let fixed = cells.name.fixedNodes, fixed != cells.nodes {
                throw UserError(
                    .configuration,
                    "space \(cells.name.rawValue) is given for \(fixed) nodes, and nodes is \(cells.nodes)")
            }
            guard chosen != nil else {
                let left = (cells.operations ?? []).map(\.name).joined(separator: ",")
                throw UserError(
                    .configuration,
                    "operations \(left): every edge of space \(cells.name.rawValue) must be left one that does something, of "
                        + cells.name.space(nodes: cells.nodes).operations.map(\.name).joined(separator: ", "))
            }
        }
    }
}

extension Setting {
    static let space: [Setting] = [
        .choice("space.space", \.space.cells.name, "what the cells choose from"),
        Setting(
            key: "space.operations", help: "the candidates that edges keep of the space's",
            range: "all, or some of " + Operation.allCases.map(\.name).joined(separator: ","),
            read: { $0.space.cells.operations.map { $0.map(\.name).joined(separator: ",") } ?? "all" },
            write: { configuration, text in
                if text == "all" {
                    configuration.space.cells.operations = nil
                    return true
                }
                let operations = text.split(separator: ",", omittingEmptySubsequences: false).map {
                    Operation(name: String($0))
                }
                guard !operations.contains(nil), Set(operations).count == operations.count else { return false }
                configuration.space.cells.operations = operations.compactMap { $0 }
                return true
            }),
        .whole("space.nodes", \.space.cells.nodes, 1...8, "intermediate nodes of a cell"),
        .whole("space.init_channels", \.space.initChannels, 1...1024, "channels of the first cells"),
        .whole(
            "space.layers", \.space.layers, 1...100, "cells; the papers' reductions are those at a third and two thirds"
        ),
    ]
}
