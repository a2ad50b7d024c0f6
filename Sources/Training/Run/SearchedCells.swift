import Estimation
package import SearchSpace

/// What a search searches: its space, and how large a cell may get.
package struct SearchedCells: Sendable {
    /// What alpha chooses from.
    package let space: SearchSpace
    /// How a cell is taken from alpha.
    package let rule: DerivationRule
    /// Nil: nobody asks how large the cell gets.
    package let budget: Budget?
    /// Nil: the cell is taken from alpha alone.
    package let choice: CandidateRule?
    /// What counts the rounds' work; nil: nobody asks.
    let work: NetworkWork?

    package init(
        _ space: SearchSpace, rule: DerivationRule = .snas, budget: Budget? = nil, choice: CandidateRule? = nil,
        work: NetworkWork? = nil
    ) {
        self.space = space
        self.rule = rule
        self.budget = budget
        self.choice = choice
        self.work = work
    }

    /// The cell as it stands: by the rule, and under a target the most probable one of its size, whose every edge keeps one operation;
    /// where it is chosen among candidates, what alpha says until it is.
    package func genotype(of state: RunState) -> Genotype { derived(of: state).genotype }

    /// - Returns: `isProven`: false where a target's cell is only the most probable one that was found.
    package func derived(of state: RunState) -> (genotype: Genotype, isProven: Bool) {
        let architecture = Self.architecture(of: state)
        if let choice, let number = architecture.chosenCandidate {
            let table = choice.candidate(number, of: architecture)
            return (space.genotype(operations: table.mostProbable()), true)
        }
        let alpha = architecture.derivedAlpha
        if case .target(let target) = budget?.pressure { return target.derived(from: alpha, in: space) }
        return (Genotype.derived(from: alpha, in: space, rule: rule), true)
    }

    static func architecture(of state: RunState) -> ArchitectureState {
        guard let architecture = state.architecture else { preconditionFailure("a search without alpha") }
        return architecture
    }

    /// Where the size stands after the last step; nil where the run has no budget to speak of.
    func budgetReport(of state: RunState, cost: Double?) -> BudgetReport? {
        guard let budget else { return nil }
        let architecture = Self.architecture(of: state)
        let multiplier: Double? =
            switch budget.pressure {
            case .none: nil
            case .cost(_, _, let coefficient): coefficient
            case .logarithm(let cost, _, _): cost.coefficient
            case .target: architecture.targetMultiplier
            }
        return BudgetReport(
            cost: cost, multiplier: multiplier, derived: budget.size.size(of: genotype(of: state)))
    }

    func epochReport(of state: RunState, temperature: Double?) -> EpochReport.Search {
        let architecture = Self.architecture(of: state)
        let alpha = architecture.alpha
        let totals = state.epochTotals
        let steps = Double(max(1, totals.steps))
        return EpochReport.Search(
            temperature: temperature, entropy: alpha.entropy(),
            fixedEdges: architecture.fixedRows.count, noneShare: alpha.share(of: .none),
            skipShare: alpha.share(of: .skipConnect), genotype: genotype(of: state), alpha: alpha,
            credits: totals.credits.map { $0 / steps }, multiplyAdds: state.multiplyAdds,
            alphaGradient: totals.spread.mean,
            budget: budgetReport(of: state, cost: nil))
    }
}
