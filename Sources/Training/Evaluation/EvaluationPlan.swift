package import Configuration
package import SearchSpace

/// One look at the held-out images: a network, and for those that rest on a draw which draw it is.
package struct EvaluationPass: Sendable, Equatable {
    /// Decides under which mixture the super-network is looked at.
    package let network: EvaluatedNetwork
    /// From 0; 0 where nothing is drawn.
    package let draw: Int
}

/// What an evaluation looks at, and how many images it takes for it. Each pass is two rounds: its statistics, then the
/// held-out images.
package struct EvaluationPlan: Sendable, Equatable {
    /// Network after network, the draws of one side by side.
    package let passes: [EvaluationPass]
    /// Gradient images that a pass measures its statistics on.
    package let recalibrationImages: Int
    /// Held-out images that a pass sees.
    package let heldOutImages: Int

    /// Where the number of images is not given, an evaluation reads at most a tenth of what an epoch's training reads, forward
    /// and backward counted as three forwards. In the paper's setting (390 steps of 64, four networks, four draws) that is 7,488 images in ten passes: 320
    /// for the statistics and 428 held-out ones each.
    private static let trainingShare = 0.1
    /// Fewer say too little, whatever they cost: the standard error of an accuracy is 3 % at most.
    private static let fewestImages = 256

    /// - Parameters:
    ///   - rule: by which the run takes its cell.
    ///   - epochImages: images that a whole epoch's steps read.
    ///   - gradientImages: those that recalibration may take.
    ///   - isLast: whether the run ends with it; then every pass sees everything.
    package init(
        _ configuration: SearchConfiguration, rule: DerivationRule, epochImages: Int, gradientImages: Int,
        heldOutImages: Int, isLast: Bool
    ) {
        let section = configuration.evaluation
        // A cell that DARTS' rule derives is the top-2 network: it is looked at once.
        let isTop2 = rule == .darts && section.networks.contains(.derived)
        // Where children are drawn and nothing is relaxed there is no soft sample.
        let networks = section.networks.filter {
            ($0 != .top2 || !isTop2) && ($0 != .soft || !configuration.method.drawsChildren)
        }
        let passes = networks.flatMap { network in
            (0..<(network.isDrawn && configuration.method.drawsMixtures ? section.draws : 1)).map {
                EvaluationPass(network: network, draw: $0)
            }
        }
        self.passes = passes
        let asked = configuration.recalibrationImages(of: gradientImages)
        guard !isLast else {
            recalibrationImages = asked
            self.heldOutImages = heldOutImages
            return
        }
        guard section.images == 0 else {
            recalibrationImages = asked
            self.heldOutImages = min(section.images, heldOutImages)
            return
        }
        let all = Self.trainingShare * NetworkWork.forwardsOfGradient * Double(epochImages)
        let perPass = Int(all) / passes.count
        // Half of a pass for its statistics, in whole shards: the last of them shall not be of an image or two.
        let half = max(Self.fewestImages, perPass / 2)
        let whole = max(1, half / section.shardImages) * section.shardImages
        recalibrationImages = min(asked, half >= section.shardImages ? whole : half)
        self.heldOutImages = min(heldOutImages, max(Self.fewestImages, perPass - recalibrationImages))
    }
}

extension EvaluatedNetwork {
    /// Whether its mixture rests on a draw: it is looked at under several.
    package var isDrawn: Bool { self == .soft || self == .hard }
}
