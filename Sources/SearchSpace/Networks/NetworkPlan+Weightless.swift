extension NetworkPlan {
    /// Whether the operation has no weights on that edge. An identity of stride 2 is a factorised reduction and has some.
    package var weightlessEntries: EdgeTable<Bool> { CostTable(self).totals.map { $0.parameters == 0 } }
}
