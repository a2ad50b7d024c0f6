extension SearchConfiguration {
    /// How alpha is learned as a policy, whose children are judged by their accuracy (ENAS: Pham et al. 2018; MnasNet: Tan et al.
    /// 2019). Only `--search enas` reads it.
    package struct Policy: Sendable, Equatable {
        /// What a child is rewarded for.
        package var reward = Reward.accuracy
        /// Children that a step of alpha judges, each on images of its own.
        package var children = 8
        /// Images that each child is judged on: accuracy comes in steps of one over their number.
        package var rewardImages = 64
        /// What a child's reward is compared with.
        package var baseline = Baseline.movingAverage
        /// Share of the moving average that a step keeps (ENAS' 0.99).
        package var baselineDecay = 0.99
        /// Paid for each nat of softmax(alpha)'s entropy (ENAS' 1e-4).
        package var entropy = 1e-4

        /// What a child is rewarded for.
        package enum Reward: String, Sendable, CaseIterable {
            /// Its accuracy alone.
            case accuracy
            /// Accuracy x (size / target)^-0.07 (MnasNet's soft constraint).
            case soft
            /// Accuracy up to the target, accuracy x target / size above it (MnasNet's hard constraint).
            case hard
        }

        /// What a child's reward is compared with.
        package enum Baseline: String, Sendable, CaseIterable {
            /// The running mean of the steps before.
            case movingAverage = "moving_average"
            /// The mean of the step's other children.
            case leaveOneOut = "leave_one_out"
        }

        /// Images that a step of alpha reads.
        package var imagesPerStep: Int { children * rewardImages }
    }
}
