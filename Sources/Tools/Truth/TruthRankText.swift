package import Formats
import Host
import Reporting
import SearchSpace

/// Ranks as a table for people and as JSON.
extension TruthRanks {
    /// How well a search's own weights know the cells' worth.
    package struct OneShot: Sendable {
        /// The search's folder, as it was given.
        package let run: String
        /// Kendall's tau-b; nil where all cells are alike to the search.
        package let agreement: Double?
    }

    /// What the words need beside the ranks.
    package struct Frame: Sendable {
        /// The table's file.
        package let path: String
        /// Of that file: names the data set and says how many images judge.
        package let header: TruthHeader
        /// How many random draws cost as much as a search, and how that came about.
        package let drawsWords: String
        /// Nil where nobody asked.
        package var oneShot: OneShot?
        /// Nil where nobody asked.
        package var matched: MatchedRivals?

        /// Without what only some commands ask for; the caller adds it.
        package init(path: String, header: TruthHeader, drawsWords: String) {
            self.path = path
            self.header = header
            self.drawsWords = drawsWords
        }
    }

    /// A table in columns for a terminal, lines without their ends; empty ones part its sections.
    package func lines(_ frame: Frame) -> [String] {
        let losses = population.losses.sorted()
        func loss(_ value: Double) -> String { Decimal.text(value, 4) }
        var lines = [
            "\(frame.path): \(frame.header.dataName), \(population.cells.count) random cells, "
                + "\(population.seeds.count) training \(population.seeds.count == 1 ? "seed" : "seeds"), judged on "
                + "\(frame.header.judgeImages) images: loss \(loss(losses[0])) to \(loss(losses[losses.count - 1])), median "
                + loss(losses[losses.count / 2]),
            "",
            row(
                "found cells", "share better", "loss", "accuracy", "parameters", "among its own size",
                population.seeds.count > 1 ? "by single trainings" : ""),
        ]
        lines += found.map(row)
        if let upperBound {
            lines.append(
                row(
                    "mean of \(found.count)", Decimal.text(mean, 3),
                    "median \(Decimal.text(median, 3)), upper 90 % bound of the mean \(Decimal.text(upperBound, 3)) "
                        + "(bootstrap over the cells given)"))
        }
        if let meanOfOwnSize, let upperBoundOfOwnSize {
            lines.append(
                row(
                    "mean of \(found.count), each among its own size", Decimal.text(meanOfOwnSize, 3),
                    "upper 90 % bound of the mean \(Decimal.text(upperBoundOfOwnSize, 3))"))
        }
        lines += ["", row("rivals", "share better")]
        if let draws, let bestOfDraws, let largestOfDraws {
            let hint = population.seeds.count > 1 ? "" : "optimistic: the table has one seed, which chooses and judges"
            lines.append(
                row(
                    "best of \(draws) random, by one training", Decimal.text(bestOfDraws.mean, 3),
                    Self.interval(bestOfDraws), hint))
            lines.append(
                row("largest of \(draws) random", Decimal.text(largestOfDraws.mean, 3), Self.interval(largestOfDraws)))
        }
        lines += rivals.map(row)
        if let bestOfOneTraining, let bestHundredthOfOneTraining {
            lines += [
                "", row("the table itself", "share better"),
                row("best of one training, by the others", Decimal.text(bestOfOneTraining, 3)),
                row("best 1 % of one training, by the others", Decimal.text(bestHundredthOfOneTraining, 3)),
            ]
        }
        if let matched = frame.matched { lines += [""] + self.lines(matched) }
        if let oneShot = frame.oneShot {
            let agreement = oneShot.agreement.map { Decimal.text($0, 3) } ?? "none: all cells have one accuracy"
            lines += ["", "Kendall's tau-b of one-shot accuracy in \(oneShot.run) with the cells' worth: \(agreement)"]
        }
        lines += ["", frame.drawsWords]
        return lines
    }

    private func lines(_ matched: MatchedRivals) -> [String] {
        let count = matched.groups[0].rivals.count
        let own = matched.groups.map { group in
            let losses = group.rivals.map(\.loss)
            return row(
                group.name, Decimal.text(group.shareBetter, 3), Decimal.text(group.found.loss, 4),
                "\(count) random ones: \(Decimal.text(TruthPopulation.mean(losses), 4))")
        }
        let bound = matched.upperBound.map { ", upper 90 % bound \(Decimal.text($0, 3))" } ?? ""
        return [row("beside random cells within 5 % in size", "share better", "loss", "mean loss")] + own
            + [
                row("mean of \(matched.groups.count)", Decimal.text(matched.meanShareBetter, 3) + bound),
                row(
                    "difference of the mean losses", Decimal.text(matched.test.difference, 4),
                    "as low or lower by luck: p = \(Decimal.text(matched.test.chanceOfLower, 5)) (permutation test)"),
            ]
    }

    private func row(_ rank: Rank) -> String {
        row(
            rank.name, Decimal.text(rank.shareBetter, 3), Decimal.text(rank.cell.loss, 4),
            Decimal.text(100 * rank.cell.accuracy, 2) + " %", String(rank.cell.parameters),
            (rank.ofOwnSize.map { Decimal.text($0, 3) } ?? "none") + " (\(rank.ownSizeCount) cells)",
            Self.range(rank.sharesBySeed))
    }

    /// Of one draw: nine of ten lie between.
    private static func interval(_ outcomes: BestOfRandom.Outcomes) -> String {
        "nine of ten: \(Decimal.text(outcomes.quantile(0.05), 3)) to \(Decimal.text(outcomes.quantile(0.95), 3))"
    }

    /// Of single trainings; nothing for one.
    private static func range(_ shares: [Double]) -> String {
        guard shares.count > 1, let low = shares.min(), let high = shares.max() else { return "" }
        return "\(Decimal.text(low, 3)) to \(Decimal.text(high, 3))"
    }

    private static let nameWidth = 44
    private static let columnWidth = 14

    private func row(_ name: String, _ columns: String...) -> String {
        let shown = name.count < Self.nameWidth ? name : "..." + name.suffix(Self.nameWidth - 4)
        let first = shown + String(repeating: " ", count: Self.nameWidth - shown.count)
        let rest = columns.map { $0 + String(repeating: " ", count: max(1, Self.columnWidth - $0.count)) }
        return String((first + rest.joined()).reversed().drop { $0 == " " }.reversed())
    }

    // MARK: JSON

    /// One object with the same figures, unrounded; what was not asked for or is not known is null.
    package func json(_ frame: Frame) -> JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        func interval(_ outcomes: BestOfRandom.Outcomes?) -> JSONValue {
            outcomes.map { .array([.number($0.quantile(0.05)), .number($0.quantile(0.95))]) } ?? .null
        }
        return .object([
            "table": .string(frame.path), "cells": .integer(population.cells.count),
            "training_seeds": .integer(population.seeds.count), "judge_images": .integer(frame.header.judgeImages),
            "found": .array(found.map(json)), "mean": .number(mean), "median": .number(median),
            "upper_90_percent_bound": number(upperBound), "bound": .string("percentile bootstrap over the found cells"),
            "mean_of_own_size": number(meanOfOwnSize), "own_size_upper_90_percent_bound": number(upperBoundOfOwnSize),
            "random_draws": draws.map { .integer($0) } ?? .null, "random_draws_from": .string(frame.drawsWords),
            "best_of_random": number(bestOfDraws?.mean), "largest_of_random": number(largestOfDraws?.mean),
            "best_of_random_nine_of_ten": interval(bestOfDraws),
            "largest_of_random_nine_of_ten": interval(largestOfDraws),
            "rivals": .array(rivals.map(json)), "best_of_one_training": number(bestOfOneTraining),
            "best_hundredth_of_one_training": number(bestHundredthOfOneTraining),
            "one_shot_tau_b": number(frame.oneShot?.agreement ?? nil),
            "matched": frame.matched.map(json) ?? .null,
        ])
    }

    private func json(_ matched: MatchedRivals) -> JSONValue {
        .object([
            "rivals_of_each": .integer(matched.groups[0].rivals.count), "tolerance": .number(MatchedRivals.tolerance),
            "share_better": .array(matched.groups.map { .number($0.shareBetter) }),
            "mean_share_better": .number(matched.meanShareBetter),
            "matched_upper_90_percent_bound": matched.upperBound.map { .number($0) } ?? .null,
            "rival_losses": .array(matched.groups.map { .array($0.rivals.map { .number($0.loss) }) }),
            "difference_of_losses": .number(matched.test.difference), "p_lower": .number(matched.test.chanceOfLower),
        ])
    }

    private func json(_ rank: Rank) -> JSONValue {
        .object([
            "name": .string(rank.name), "genotype": .string(rank.cell.genotype.compactText),
            "share_better": .number(rank.shareBetter),
            "share_better_by_seed": .array(rank.sharesBySeed.map { .number($0) }), "loss": .number(rank.cell.loss),
            "losses": .array(rank.cell.losses.map { .number($0) }), "accuracy": .number(rank.cell.accuracy),
            "parameters": .integer(rank.cell.parameters), "multiply_adds": .integer(rank.cell.multiplyAdds),
            "share_better_of_own_size": rank.ofOwnSize.map { .number($0) } ?? .null,
            "cells_of_own_size": .integer(rank.ownSizeCount),
        ])
    }

    // MARK: Picture

    /// An SVG of the random cells' losses, with a mark for each found cell and each rival.
    package func picture(_ frame: Frame) -> String {
        let marks =
            found.map { DistributionPicture.Mark($0.name, $0.cell.loss, .found) }
            + rivals.map { DistributionPicture.Mark($0.name, $0.cell.loss, .rival) }
        return DistributionPicture(
            title: "loss of \(population.cells.count) random cells, \(frame.header.dataName)",
            values: population.losses, marks: marks
        ).svg
    }
}
