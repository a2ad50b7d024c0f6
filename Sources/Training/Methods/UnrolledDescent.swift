/// The arithmetic of DARTS' second order (Liu et al. 2019, section 2.3, formulas 6 to 8), on flat weights.
///
/// With w' one step of the weights ahead and L_train, L_search the losses on either stream,
///
///     d L_search(w') / d alpha  -  xi  x  d^2 L_train(w) / (d alpha d w)  .  d L_search(w') / d w'
///
/// is alpha's gradient. The second term is a product of a matrix of second derivatives and a vector v, taken as a difference of two
/// gradients: (d L_train(w + eps v) / d alpha - d L_train(w - eps v) / d alpha) / (2 eps), eps = 0.01 / |v|.
///
/// The rules are of any float, so that the same lines that step Float weights can be held against a reference in Double.
package enum UnrolledDescent {
    /// Length of eps v.
    private static let reach = 0.01

    /// w' = w - xi (m u + g + d w): what SGD with momentum m and decay d makes of weights w with velocity u by the gradient g, which is
    /// not clipped here (as in the official code).
    package static func ahead<Scalar: BinaryFloatingPoint>(
        _ weights: [Scalar], velocity: [Scalar], gradient: [Scalar], rate: Double, momentum: Double,
        weightDecay: Double
    ) -> [Scalar] {
        precondition(weights.count == velocity.count && weights.count == gradient.count)
        let (rate, momentum, decay) = (Scalar(rate), Scalar(momentum), Scalar(weightDecay))
        return [Scalar](unsafeUninitializedCapacity: weights.count) { ahead, count in
            for place in weights.indices {
                let slope = gradient[place] + decay * weights[place]
                ahead[place] = weights[place] - rate * (momentum * velocity[place] + slope)
            }
            count = weights.count
        }
    }

    /// eps of a direction of this length; nil where there is no direction: then the second term is 0.
    package static func reach(along length: Double) -> Double? { length > 0 ? reach / length : nil }

    /// w + eps v; eps may be negative.
    package static func moved<Scalar: BinaryFloatingPoint>(
        _ weights: [Scalar], along direction: [Scalar], by reach: Double
    ) -> [Scalar] {
        precondition(weights.count == direction.count)
        let reach = Scalar(reach)
        return [Scalar](unsafeUninitializedCapacity: weights.count) { moved, count in
            for place in weights.indices { moved[place] = weights[place] + reach * direction[place] }
            count = weights.count
        }
    }

    /// Alpha's gradient from the three of it: on the search stream at w', on the gradient stream at w + eps v and at w - eps v. In
    /// Double, rounded once.
    package static func gradient<Scalar: BinaryFloatingPoint>(
        search: [Scalar], up: [Scalar], down: [Scalar], rate: Double, reach: Double
    ) -> [Scalar] {
        precondition(search.count == up.count && search.count == down.count)
        return search.indices.map { place in
            let slope = (Double(up[place]) - Double(down[place])) / (2 * reach)
            return Scalar(Double(search[place]) - rate * slope)
        }
    }
}
