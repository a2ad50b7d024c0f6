/// What a reward is compared with. A baseline that does not depend on the child that it is compared with moves no mean of the policy
/// gradient, for the expected score is 0, and lowers its variance.
package enum RewardBaseline: Sendable {
    /// The running mean of the steps before (ENAS: Pham et al. 2018): b <- decay b + (1 - decay) mean. It starts at the first step's
    /// own mean, so that step alone has a gradient that is short by a share of one over its number of children.
    case movingAverage
    /// For each child the mean reward of the other children of its step: nothing is remembered, and no decay is chosen.
    case leaveOneOut

    /// - Parameters:
    ///   - rewards: of a step's children; two at least for `leaveOneOut`.
    ///   - decay: of the moving average, 0 to below 1.
    ///   - running: the moving average, nil before the first step; what it is afterwards.
    /// - Returns: the baseline of each child.
    package func values(for rewards: [Double], decay: Double, running: inout Double?) -> [Double] {
        precondition(!rewards.isEmpty && (0..<1).contains(decay))
        let mean = rewards.reduce(0, +) / Double(rewards.count)
        switch self {
        case .movingAverage:
            let before = running ?? mean
            running = running.map { decay * $0 + (1 - decay) * mean } ?? mean
            return [Double](repeating: before, count: rewards.count)
        case .leaveOneOut:
            precondition(rewards.count > 1)
            let sum = rewards.reduce(0, +)
            return rewards.map { (sum - $0) / Double(rewards.count - 1) }
        }
    }
}
