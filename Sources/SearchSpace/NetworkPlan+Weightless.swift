extension NetworkPlan {
    /// By entry of both alpha tables, normal then reduce, row-major edge by operation: whether the operation has no weights on
    /// that edge. An identity of stride 2 is a factorised reduction and has some.
    package var weightlessEntries: [Bool] {
        let costs = CostTable(self)
        return CellKind.allCases.flatMap { costs.totals($0).map { $0.parameters == 0 } }
    }
}
