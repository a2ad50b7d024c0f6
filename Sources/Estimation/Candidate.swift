import Randomness
package import SearchSpace

/// Cells drawn from what a search has learned, which are compared with each other at its end (ENAS: Pham et al. 2018, section 2.3; FBNet:
/// Wu et al. 2019, section 3.3). Each has a key of its own, so any of them can be drawn again.
package enum Candidate {
    /// - Parameter number: from 0.
    package static func draw(_ number: Int, from alpha: EdgeTable<Float>, seed: UInt64) -> CategoricalSample {
        let stream = RandomStream(seed: seed, purpose: .candidate, minor: UInt32(number))
        return CategoricalSample(alpha: alpha, noise: GumbelNoise.draw(count: alpha.shape.count, stream: stream))
    }
}
