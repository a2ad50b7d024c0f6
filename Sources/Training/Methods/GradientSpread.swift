package import SearchSpace

/// How much of alpha's mean gradient in a step is signal and how much is noise, as far as one step can tell.
///
/// With the gradients g_s of S independent shards and their mean m,
///
///     noise  = sum |g_s - m|^2 / (S (S - 1))
///     signal = |m|^2 - noise
///
/// are unbiased estimates of the expected squared distance of m from the expected gradient, and of the expected gradient's
/// squared length; in a single step the signal may come out negative. Antithetic pairs are not independent of each other
/// inside, so there the pairs' means take the shards' place. Stratified shards hang together all: there the noise is
/// overestimated and the signal underestimated by what stratifying gains.
package struct GradientSpread: Sendable, Equatable {
    /// The expected gradient's squared length, as estimated; a single step's may be negative.
    package let signal: Double
    /// The expected squared distance of the shards' mean from the expected gradient, as estimated.
    package let noise: Double

    package init(signal: Double, noise: Double) {
        self.signal = signal
        self.noise = noise
    }

    /// Nil where there are fewer than two independent gradients, or an antithetic shard has no partner.
    package init?(of gradients: [[Float]], noise coupling: ShardNoise) {
        var units: [[Double]] = gradients.map { gradient in gradient.map { Double($0) } }
        if coupling == .antithetic {
            guard units.count % 2 == 0 else { return nil }
            units = stride(from: 0, to: units.count, by: 2).map { Self.mean(units[$0], units[$0 + 1]) }
        }
        guard units.count > 1, let entries = units.first?.count else { return nil }
        let count = Double(units.count)
        var (length, squares) = (0.0, 0.0)
        for entry in 0..<entries {
            let mean = units.reduce(0.0) { $0 + $1[entry] } / count
            length += mean * mean
            for unit in units { squares += (unit[entry] - mean) * (unit[entry] - mean) }
        }
        noise = squares / (count * (count - 1))
        signal = length - noise
    }

    private static func mean(_ left: [Double], _ right: [Double]) -> [Double] {
        zip(left, right).map { pair in (pair.0 + pair.1) / 2 }
    }

    /// Sums over an epoch's steps, of which the epoch's report has the means.
    package struct Totals: Sendable, Equatable {
        package internal(set) var steps = 0
        package internal(set) var signal = 0.0
        package internal(set) var noise = 0.0

        mutating func add(_ spread: GradientSpread) {
            steps += 1
            signal += spread.signal
            noise += spread.noise
        }

        var mean: GradientSpread? {
            steps == 0 ? nil : GradientSpread(signal: signal / Double(steps), noise: noise / Double(steps))
        }
    }
}
