import Formats
import Optimization
import SearchProtocol
import Wire

/// The rounds that each method asks for.
extension SimulatedSearch {
    /// The rounds of a step, as the methods that there are ask for them.
    enum Method: CaseIterable, Equatable {
        /// A step in three is of two rounds, and in every other one shards leave parts out.
        case mixed
        /// SNAS, and DSNAS by another mixture.
        case relaxed, categorical
        /// DARTS' first order and GDAS.
        case bilevel
        /// DARTS' second order: five rounds, three of them at weights of no checkpoint.
        case unrolled
        /// ENAS: rewards of another number of shards, without a payload, and the weights' round.
        case policy
        /// Groups of shards for devices, of the whole vector and of parts of it.
        case grouped

        func rounds(of step: Int) -> [Part] {
            let both: RoundYields = [.weightGradient, .alphaGradient]
            let last = Part(.gradientBatch, .relaxed(temperature: 1), both)
            switch self {
            case .mixed:
                let own = step % 2 == 1 ? Part(.gradientBatch, .oneHot(temperature: 1), both) : last
                return step % 3 == 1 ? [own, own] : [own]
            case .relaxed: return [last]
            case .categorical: return [Part(.gradientBatch, .categorical, both)]
            case .bilevel:
                let hard = Mixing.oneHot(temperature: 2)
                return [Part(.searchBatch, hard, .alphaGradient), Part(.gradientBatch, hard, .weightGradient)]
            case .unrolled:
                return [
                    Part(.gradientBatch, .softmax, .weightGradient), Part(.searchBatch, .softmax, both),
                    Part(.gradientBatch, .softmax, .alphaGradient), Part(.gradientBatch, .softmax, .alphaGradient),
                    Part(.gradientBatch, .softmax, .weightGradient),
                ]
            case .policy:
                return [
                    Part(.rewardBatch, .categorical, .policyGradient, shards: 3),
                    Part(.gradientBatch, .categorical, .weightGradient),
                ]
            case .grouped:
                let mixing = step % 2 == 1 ? Mixing.oneHot(temperature: 1) : .relaxed(temperature: 1)
                return [Part(.gradientBatch, mixing, both, shards: SimulatedSearch.groupedShards)]
            }
        }
    }

    struct Part {
        let images: RoundImages
        let mixing: Mixing
        let yields: RoundYields
        let shards: Int

        init(_ images: RoundImages, _ mixing: Mixing, _ yields: RoundYields, shards: Int = SimulatedSearch.shards) {
            self.images = images
            self.mixing = mixing
            self.yields = yields
            self.shards = shards
        }
    }
}
