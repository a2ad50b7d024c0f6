import Configuration
import Formats
import Host
import RunStore
import SearchSpace

/// What two runs came to, side by side.
struct ResultDifference: Sendable {
    /// What a run has come to so far.
    struct Outcome: Sendable {
        /// Of a run that is over; nil before.
        let fingerprint: String?
        let genotype: Genotype?
        /// From 0: the epoch whose cell it is, of a run that is not over.
        let epoch: Int?
        let probabilities: EdgeTable<Double>?
    }

    let outcomes: Both<Outcome>
    /// Nil where one of them has no cell yet, or where both train the cell that they were given.
    let cells: CellDifference?

    /// Whether both are over: what is compared before is the cell of an epoch.
    var areFinal: Bool { outcomes.values.allSatisfy { $0.epoch == nil && $0.fingerprint != nil } }

    /// Whether both are over and came to different bits or cells.
    var differs: Bool {
        areFinal && (outcomes.first.fingerprint != outcomes.second.fingerprint || cells?.edges.isEmpty == false)
    }

    init(_ runs: Both<RunDirectory>, _ origins: Both<RunOrigin>) throws {
        outcomes = Both(
            try Self.outcome(of: runs.first, origins.first), try Self.outcome(of: runs.second, origins.second))
        guard let first = outcomes.first.genotype, let second = outcomes.second.genotype,
            !origins.first.isRetraining || !origins.second.isRetraining
        else {
            cells = nil
            return
        }
        cells = CellDifference(
            Both(first, second), probabilities: outcomes.map(\.probabilities),
            spaces: origins.map { $0.configuration.space.searchSpace })
    }

    private static func outcome(of run: RunDirectory, _ origin: RunOrigin) throws -> Outcome {
        if origin.isFinished {
            let result = try RunResult(of: run)
            let shape = origin.configuration.space.searchSpace.shape
            // A damaged file tells no probabilities; the cell stands elsewhere.
            let alpha = origin.isRetraining ? nil : try? ResultFiles(run).derivedAlpha(shape)
            return Outcome(
                fingerprint: result.fingerprint, genotype: result.genotype, epoch: nil,
                probabilities: alpha?.probabilities())
        }
        let last = try RunMetrics(run).epochs().last
        return Outcome(
            fingerprint: nil, genotype: last?["genotype"]?.text.flatMap { try? Genotype(parsing: $0) },
            epoch: last?["epoch"]?.integer,
            probabilities: last?["probabilities"].flatMap { table($0, origin.configuration.space.searchSpace.shape) })
    }

    /// As a line of an epoch has it; nil for one of another space.
    private static func table(_ value: JSONValue, _ shape: EdgeTableShape) -> EdgeTable<Double>? {
        let entries = shape.kinds.flatMap { kind in
            let rows = value["\(kind)"]?.elements ?? []
            return zip(rows, shape.candidates[shape.rows(of: kind)]).flatMap { row, candidates in
                candidates.compactMap { row[$0.name]?.number }
            }
        }
        return entries.count == shape.count ? EdgeTable(shape, entries) : nil
    }

    // MARK: Lines

    var lines: [[String]] {
        let fingerprints = outcomes.map { $0.fingerprint.map { String($0.prefix(16)) } }
        var rows: [[String]] = []
        if let first = fingerprints.first, let second = fingerprints.second {
            let isSame = outcomes.first.fingerprint == outcomes.second.fingerprint
            rows.append(["", "fingerprint", isSame ? "the same: \(first)" : "\(first) against \(second)"])
        } else {
            let open = fingerprints.named.filter { $0.value == nil }.map(\.name)
            let verb = open.count == 1 ? "is" : "are"
            rows.append(["", "fingerprint", "\(open.joined(separator: " and ")) \(verb) not over"])
        }
        guard let cells else { return rows }
        let whose = outcomes.map { $0.epoch.map { "that of epoch \($0)" } ?? "the one that it ended with" }
        let which = areFinal ? "" : "; the first's is \(whose.first), the second's \(whose.second)"
        let found = cells.edges.isEmpty ? "the same" : "\(cells.edges.count) of \(cells.count) edges differ"
        return rows + [["", "cell", found + which]]
    }

    var json: JSONValue {
        .object([
            "fingerprints": outcomes.json { $0.fingerprint.map(JSONValue.string) ?? .null },
            "genotypes": outcomes.json { $0.genotype.map { .string($0.text) } ?? .null },
            "epochs": outcomes.json { .optional($0.epoch) }, "edges": cells?.json ?? .null,
        ])
    }
}
