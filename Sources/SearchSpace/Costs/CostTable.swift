/// What every operation on every edge costs at its place in a network: a table for each group of cells that are alike.
///
/// Only edges are charged, as in the official code: stem, preprocessing and classifier are the same whatever is chosen.
package struct CostTable: Sendable, Equatable {
    /// Cells of one kind with the same channels and sizes.
    package struct Group: Sendable, Equatable {
        /// Decides which rows of a table the group's costs are for.
        package let kind: CellKind
        /// Cells of the network that are alike; each of them costs the same again.
        package var cellCount: Int
        /// Of one cell, in the order of the entries that the kind has in a table.
        package let costs: [OperationCost]
    }

    /// The space's: what entries of `totals` and of a group's costs stand for.
    package let shape: EdgeTableShape
    /// In the order in which their first cells stand in the network.
    package let groups: [Group]

    /// - Parameters:
    ///   - plan: of the super-network; its channels and sizes decide what an operation costs in which cell.
    ///   - measured: what no layer tells, of this plan.
    package init(_ plan: NetworkPlan, measured: MeasuredCosts? = nil) {
        shape = plan.space.shape
        groups = Self.groups(plan) { operation, edge, cell in
            OperationCost(
                of: cell.chain(of: operation, from: edge.from, in: cell.candidateSetting),
                on: cell.edgeInput(from: edge.from)
            ).adding(measured, of: operation, at: OperationPlace(from: edge.from, in: cell))
        }
    }

    /// - Parameter cost: of an operation on an edge of a cell.
    static func groups(
        _ plan: NetworkPlan, cost: (Operation, Edge, CellPlan) -> OperationCost
    ) -> [Group] {
        var groups: [Group] = []
        for cell in plan.cells {
            let costs = plan.space.topology(cell.kind).edges.flatMap { edge in
                plan.space.candidates(cell.kind, edge).map { cost($0, edge, cell) }
            }
            if let alike = groups.firstIndex(where: { $0.kind == cell.kind && $0.costs == costs }) {
                groups[alike].cellCount += 1
            } else {
                groups.append(Group(kind: cell.kind, cellCount: 1, costs: costs))
            }
        }
        return groups
    }

    /// Cells of a kind in the whole network.
    package func cellCount(_ kind: CellKind) -> Int {
        groups.reduce(0) { $0 + ($1.kind == kind ? $1.cellCount : 0) }
    }

    /// What each operation on each edge costs in all cells of its kind together.
    package var totals: EdgeTable<OperationCost> { Self.totals(of: groups, shape) }

    static func totals(of groups: [Group], _ shape: EdgeTableShape) -> EdgeTable<OperationCost> {
        var totals = EdgeTable(shape, repeating: OperationCost.zero)
        for group in groups {
            for (entry, cost) in zip(shape.entries(of: group.kind), group.costs) {
                for _ in 0..<group.cellCount { totals.entries[entry] = totals.entries[entry] + cost }
            }
        }
        return totals
    }
}
