package import Formats
import Reporting
import SearchSpace

/// The methods of a comparison side by side: what each found is worth, and what its searches showed.
package struct ComparisonTable: Sendable {
    /// One method's searches.
    package struct Row: Sendable {
        let method: ComparedMethod
        let epochs: Int
        let runs: [ComparedRun]
        let ranks: TruthRanks

        /// - Parameter ranks: of the runs' cells, in their order.
        package init(_ method: ComparedMethod, epochs: Int, runs: [ComparedRun], ranks: TruthRanks) {
            precondition(runs.count == ranks.found.count)
            self.method = method
            self.epochs = epochs
            self.runs = runs
            self.ranks = ranks
        }

        var shares: [Double] { ranks.found.map(\.shareBetter) }

        /// Of the mean over all seeds, in nine cases of ten; nil for one seed.
        var interval: ClosedRange<Double>? {
            Bootstrap(shares).map {
                min($0.quantile(0.05), $0.quantile(0.95))...max($0.quantile(0.05), $0.quantile(0.95))
            }
        }

        var parameters: Double { TruthPopulation.mean(ranks.found.map { Double($0.cell.parameters) }) }

        /// Nil where a run lacks it.
        func mean(_ figure: (ComparedRun) -> Double?) -> Double? {
            let values = runs.compactMap(figure)
            return values.count == runs.count ? TruthPopulation.mean(values) : nil
        }

        /// Of the searched network over the network that is kept, both with the search's weights.
        var gap: Double? { mean { run in run.searched.flatMap { searched in run.derived.map { searched - $0 } } } }
    }

    private let rows: [Row]
    private let path: String

    /// - Parameters:
    ///   - rows: one at least.
    ///   - path: of the truth table.
    package init(_ rows: [Row], table path: String) {
        precondition(!rows.isEmpty)
        self.rows = rows
        self.path = path
    }

    private var first: TruthRanks { rows[0].ranks }

    // MARK: Lines

    /// For people: a Markdown table, and what a random cell is worth at the same cost.
    package var lines: [String] {
        var lines = [
            "| method | epochs | multiply-adds, G | seconds | share better (90 % interval of the mean) | searched, % | derived, % | gap | entropy, nats | parameters |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        for row in rows { lines.append(line(row)) }
        lines.append(
            "| random | | | | 0.500, by definition; the best of \(first.draws ?? 1) at equal cost \(Decimal.text(first.bestOfDraws?.mean ?? 0.5, 3)) | | | | | |"
        )
        lines += first.rivals.map {
            "| \($0.name) | | | | \(Decimal.text($0.shareBetter, 3)) | | | | | \($0.cell.parameters) |"
        }
        let seeds = rows[0].runs.count
        return lines + [
            "share better: of the \(first.population.cells.count) random cells of '\(path)' those that are better than the found one; "
                + "\(seeds) seed\(seeds == 1 ? "" : "s") each, interval by the bootstrap over them. Searched and derived: held-out accuracy with "
                + "the search's weights, of the mixture (of a drawn child for dsnas and enas) and of the cell that is kept."
        ]
    }

    private func line(_ row: Row) -> String {
        func text(_ value: Double?, _ digits: Int, times factor: Double = 1) -> String {
            value.map { Decimal.text(factor * $0, digits) } ?? "-"
        }
        let interval =
            row.interval.map { " (\(Decimal.text($0.lowerBound, 3)) to \(Decimal.text($0.upperBound, 3)))" } ?? ""
        let cells = [
            row.method.name, "\(row.epochs)", text(row.mean(\.multiplyAdds), 1, times: 1e-9),
            text(row.mean(\.seconds), 1), text(row.ranks.mean, 3) + interval, text(row.mean(\.searched), 1, times: 100),
            text(row.mean(\.derived), 1, times: 100), text(row.gap, 1, times: 100), text(row.mean(\.entropy), 1),
            Decimal.text(row.parameters, 0),
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    // MARK: JSON and picture

    /// One object with the same figures, unrounded.
    package var json: JSONValue {
        .object([
            "table": .string(path), "cells": .integer(first.population.cells.count),
            "random_draws": first.draws.map { .integer($0) } ?? .null,
            "best_of_random": first.bestOfDraws.map { .number($0.mean) } ?? .null,
            "methods": .array(rows.map(json)),
            "rivals": .array(
                first.rivals.map { .object(["name": .string($0.name), "share_better": .number($0.shareBetter)]) }),
        ])
    }

    private func json(_ row: Row) -> JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        return .object([
            "method": .string(row.method.rawValue), "epochs": .integer(row.epochs),
            "mean_share_better": .number(row.ranks.mean),
            "interval": row.interval.map { .array([.number($0.lowerBound), .number($0.upperBound)]) } ?? .null,
            "share_better": .array(row.shares.map { .number($0) }),
            "runs": .array(
                zip(row.runs, row.ranks.found).map { run, rank in
                    .object([
                        "run": .string(run.path), "genotype": .string(rank.cell.genotype.compactText),
                        "multiply_adds": .number(run.multiplyAdds), "seconds": .number(run.seconds),
                        "searched_accuracy": number(run.searched), "derived_accuracy": number(run.derived),
                        "entropy": .number(run.entropy), "parameters": .integer(rank.cell.parameters),
                    ])
                }),
        ])
    }

    /// An SVG: a row for each method, a dot for each of its cells.
    package var picture: String {
        let groups = rows.map { StripPicture.Group($0.method.name, $0.shares, interval: $0.interval) }
        let rivals = first.rivals.map { StripPicture.Group($0.name, [$0.shareBetter], interval: nil) }
        let random = first.bestOfDraws.map {
            [
                StripPicture.Group(
                    "best of \(first.draws ?? 1) random", [$0.mean],
                    interval: $0.quantile(0.05)...max($0.quantile(0.05), $0.quantile(0.95)))
            ]
        }
        return StripPicture(
            title: "Found cells at equal multiply-adds", axis: "share of random cells that are better",
            groups: groups + (random ?? []) + rivals
        ).svg
    }
}
