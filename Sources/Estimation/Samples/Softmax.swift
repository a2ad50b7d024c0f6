package import SearchSpace

/// The mixture without a draw: softmax(alpha) on each edge (DARTS, Liu et al. 2019, formula 2). It is what the relaxed draw at
/// temperature 1 would be without its noise, and alpha's gradient follows from the credits by the same closed form.
package enum Softmax {
    /// A sample whose Z is softmax(alpha): temperature 1 makes its closed form the softmax's own derivative.
    package static func sample(alpha: EdgeTable<Float>) -> RelaxedSample {
        RelaxedSample(z: alpha.probabilities(), temperature: 1)
    }
}
