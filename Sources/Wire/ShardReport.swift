/// What one shard says of itself. These travel shard by shard and are checked before anything is added.
package struct ShardReport: Sendable, Equatable {
    /// Its number in the round, from 0.
    package var shard: Int
    /// Images that it computed, at least 1.
    package var imageCount: Int
    /// Mean over the shard's images where the round yields a gradient, else their sum.
    package var loss: Float
    /// Of these, the images whose label has the largest logit; 0 where the round only measures statistics.
    package var hits: Int
    /// False when any value the shard computed is infinite or not a number.
    package var finite: Bool
    /// The first entry of the shard's payload that is infinite or not a number; nil where the whole payload is finite.
    package var nonFiniteEntry: Int?
    /// dL/dalpha; empty where the round does not yield it.
    package var alphaGradient: [Float]
    /// dL/dZ; empty where the round does not yield alpha's gradient.
    package var credits: [Float]

    /// The defaults are those of a shard that yields no gradient of alpha and whose payload is finite.
    package init(
        shard: Int, imageCount: Int, loss: Float, hits: Int, finite: Bool, nonFiniteEntry: Int? = nil,
        alphaGradient: [Float] = [], credits: [Float] = []
    ) {
        self.nonFiniteEntry = nonFiniteEntry
        self.shard = shard
        self.imageCount = imageCount
        self.loss = loss
        self.hits = hits
        self.finite = finite
        self.alphaGradient = alphaGradient
        self.credits = credits
    }
}
