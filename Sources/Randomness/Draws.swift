#if canImport(Glibc)
    import Glibc
#endif

/// Standard Gumbel noise. Added to logits, it makes entry k the largest with probability softmax(logits)_k.
package enum GumbelNoise {
    /// G = -log(-log U), one value an index from `offset` on.
    package static func draw(count: Int, stream: RandomStream, offset: UInt64 = 0) -> [Double] {
        (0..<UInt64(count)).map { -log(-log(stream.uniform(offset + $0))) }
    }
}

/// Orders that a key decides: of an epoch's images, of a class's images before they are split, of stratified parts.
package enum Permutation {
    /// The numbers 0..<count in an order that the stream alone decides (Fisher and Yates).
    package static func shuffled(_ count: Int, stream: RandomStream) -> [Int] {
        precondition(count >= 0 && count < 1 << 31)
        var order = Array(0..<count)
        for position in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(position, Int(stream.below(UInt32(position + 1), UInt64(position))))
        }
        return order
    }
}

/// First values of the weights that are drawn: convolutions and the classifier. Those of batch norms are 1 and 0.
package enum InitialWeights {
    /// Uniform in +-1/sqrt(fan-in): what PyTorch's default works out to for convolutions and linear layers.
    package static func uniform(into weights: inout [Float], range: Range<Int>, fanIn: Int, stream: RandomStream) {
        precondition(fanIn > 0 && range.upperBound <= weights.count)
        let bound = 1 / Double(fanIn).squareRoot()
        for position in range {
            let uniform = stream.uniform(UInt64(position - range.lowerBound))
            weights[position] = Float((2 * uniform - 1) * bound)
        }
    }
}
