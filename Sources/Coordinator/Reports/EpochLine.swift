import Configuration
import Reporting
import SearchSpace
package import Training

/// An epoch for people who watch: in one short line, whose figures stand below those of the epoch before. The run's log tells more of
/// it.
package enum EpochLine {
    /// What a line has at most.
    package static let columns = 100

    /// - Parameter epochs: of the whole run.
    package static func text(_ report: EpochReport, epochs: Int) -> String {
        let all = String(epochs)
        let epoch = FittedLine.Part("epoch \(right("\(report.epoch + 1)", all.count))/\(all)", importance: 9)
        return FittedLine.text([epoch] + parts(report), separator: "  ", columns: columns, orCut: true)
    }

    private static func parts(_ report: EpochReport) -> [FittedLine.Part] {
        let train = share("train", report.trainAccuracy, importance: 7)
        guard let search = report.search else {
            return [FittedLine.Part("loss \(number(report.trainLoss, 4, 7))", importance: 8), train]
                + (report.trained.map { [share("held out", $0.topOne.value, importance: 8)] } ?? [])
        }
        // What is not in every epoch stands last: the rest stays where it is.
        let size = search.budget.flatMap { budget in
            budget.multiplier.map { _ in
                FittedLine.Part("size \(number(Double(budget.derived.parameters) / 1e6, 2, 5)) M", importance: 5)
            }
        }
        let networks = EvaluatedNetwork.allCases.compactMap { network in
            report.heldOut[network].map { share(short(network), $0.accuracy, importance: importance(network)) }
        }
        return [train, FittedLine.Part("entropy \(number(search.entropy, 2, 6))", importance: 6)]
            + [size].compactMap { $0 } + networks
    }

    private static func short(_ network: EvaluatedNetwork) -> String {
        network == .top2 ? network.label : network.rawValue
    }

    private static func importance(_ network: EvaluatedNetwork) -> Int {
        switch network {
        case .derived: 8
        case .soft: 4
        case .top2: 3
        case .hard: 2
        }
    }

    private static func share(_ name: String, _ share: Double, importance: Int) -> FittedLine.Part {
        FittedLine.Part("\(name) \(number(100 * share, 1, 5))%", importance: importance)
    }

    private static func number(_ value: Double, _ decimals: Int, _ width: Int) -> String {
        right(Decimal.text(value, decimals), width)
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
