package import Formats
import Reporting
package import SearchSpace

/// How well a table's sums tell what whole networks take.
package struct LatencyCheck {
    /// One that was measured whole, twice. All times are nanoseconds of a pass.
    package struct Network {
        package let genotype: Genotype
        /// The table's fixed part and what the edges add.
        package let predicted: Int
        /// The first measurement's median, its quartiles apart by `spread`, and the second's median.
        package let measured: Int
        package let repeated: Int
        package let spread: Int

        package init(genotype: Genotype, predicted: Int, measured: Int, repeated: Int, spread: Int) {
            self.genotype = genotype
            self.predicted = predicted
            self.measured = measured
            self.repeated = repeated
            self.spread = spread
        }

        var ratio: Double { Double(predicted) / Double(max(1, measured)) }
    }

    package let networks: [Network]

    package init(networks: [Network]) { self.networks = networks }

    /// Of predicted by measured; half of the networks are below it.
    package var medianRatio: Double {
        let ratios = networks.map(\.ratio).sorted()
        return (ratios[(ratios.count - 1) / 2] + ratios[ratios.count / 2]) / 2
    }

    /// Kendall's tau-b of predicted with measured; nil of networks that are all alike.
    package var agreement: Double? {
        KendallTau.b(networks.map { Double($0.predicted) }, networks.map { Double($0.measured) })
    }

    /// Kendall's tau-b of both measurements: what no prediction can surpass for long.
    package var ceiling: Double? {
        KendallTau.b(networks.map { Double($0.measured) }, networks.map { Double($0.repeated) })
    }

    // MARK: For people and programs

    /// Without line ends.
    package var lines: [String] {
        let rows = networks.map { network in
            "\(right(network.predicted)) \(right(network.measured)) \(right(network.repeated))  "
                + Decimal.text(network.ratio, 3)
        }
        let tau = agreement.map { Decimal.text($0, 3) } ?? "-"
        let most = ceiling.map { Decimal.text($0, 3) } ?? "-"
        return ["   predicted    measured       again  predicted / measured"] + rows + [
            "\(networks.count) networks: predicted / measured \(Decimal.text(medianRatio, 3)) (median); Kendall's tau of predicted with "
                + "measured \(tau), of two measurements \(most)"
        ]
    }

    private func right(_ nanoseconds: Int) -> String {
        let text = Nanoseconds.rounded(nanoseconds)
        return String(repeating: " ", count: max(0, 11 - text.count)) + text
    }

    /// Times in nanoseconds.
    package var json: JSONValue {
        .object([
            "networks": .array(
                networks.map { network in
                    .object([
                        "genotype": .string(network.genotype.compactText), "predicted_ns": .integer(network.predicted),
                        "measured_ns": .integer(network.measured), "measured_again_ns": .integer(network.repeated),
                        "spread_ns": .integer(network.spread),
                    ])
                }), "median_ratio": .number(medianRatio), "tau": agreement.map { .number($0) } ?? .null,
            "tau_of_two_measurements": ceiling.map { .number($0) } ?? .null,
        ])
    }
}
