package import Configuration
import Estimation
import Formats
import Host
import Reporting
import RunStore
package import SearchSpace
import Wire

/// `--search random`: no search at all. A cell drawn from the seed alone, of a given size if one is asked for, with the files and
/// lines of a search: what a found cell is compared with. It needs no data and no workers, and has no weights.
package struct RandomBaseline {
    /// How large the derived network may be.
    package struct AskedSize: Sendable, Equatable {
        /// Weights, or a measured one.
        package let resource: Resource
        /// What is asked for, in the measuredNetwork's network and the resource's unit.
        package let amount: Int
        /// A share of `amount`, on both sides.
        package let tolerance: Double

        /// From `--random_params` or the size of `--random_like`, or from `--target_latency`, and `--random_tolerance`, which is given
        /// in per cent.
        package init(_ amount: Int, of resource: Resource = .parameters, tolerance: Double) {
            self.amount = amount
            self.resource = resource
            self.tolerance = tolerance
        }

        func allows(_ count: Int) -> Bool { abs(Double(count - amount)) <= tolerance * Double(amount) }

        var words: String {
            resource == .parameters ? "\(amount) weights" : "\(resource.text(amount)) \(resource.unit)"
        }

        var isMeasured: Bool { !Resource.counted.contains(resource) }
    }

    private let resolved: ResolvedConfiguration
    private let askedSize: AskedSize?
    private let measuredNetwork: MeasuredNetwork

    /// One in so many draws may be acceptable.
    private static let attempts = 100_000

    /// - Parameters:
    ///   - resolved: only its space and its seed count; it goes into the run's folder whole.
    ///   - measuredNetwork: of the same space.
    ///   - askedSize: nil takes the first draw.
    package init(_ resolved: ResolvedConfiguration, measuredNetwork: MeasuredNetwork, askedSize: AskedSize?) {
        precondition(measuredNetwork.plan.space == resolved.configuration.space.searchSpace)
        self.resolved = resolved
        self.askedSize = askedSize
        self.measuredNetwork = measuredNetwork
    }

    /// Draws the cell, and only then makes the folder.
    ///
    /// - Returns: the cell, and SHA-256 over the little-endian floats of alpha alone, one-hot, for there is nothing else.
    /// - Throws: `UserError` (configuration) where no cell of that size was drawn.
    package func run(directory path: () throws -> String) throws -> (genotype: Genotype, fingerprint: String) {
        let (genotype, attempt) = try draw()
        let directory = try RunDirectory.create(try path())
        let alpha = EdgeTable.oneHot(genotype, in: measuredNetwork.plan.space)
        let fingerprint = Hexadecimal.string(SHA256.digest(LittleEndian.bytes(of: alpha.entries)))
        let weights = measuredNetwork.weights(genotype)
        let files = ResultFiles(directory)
        try RunRecord.writeSources(resolved, to: directory)
        try files.alphas(alpha)
        let provenance: KeyValuePairs<String, JSONValue> = [
            "run": .string(directory.identity.description), "method": .string("random"),
            "seed": .integer(resolved.configuration.run.seed), "draws": .integer(attempt + 1),
            "parameters": .integer(weights), "parameters_of": measuredNetwork.json,
            "asked_parameters": askedSize.flatMap { $0.isMeasured ? nil : .integer($0.amount) } ?? .null,
            "tolerance": askedSize.map { .number($0.tolerance) } ?? .null, "fingerprint": .string(fingerprint),
        ]
        let latency = askedSize.flatMap { $0.isMeasured ? $0 : nil }.map { asked in
            (asked: asked.amount, achieved: measuredNetwork.amount(genotype, of: asked.resource))
        }
        let timed = latency.map { ", \(Nanoseconds.rounded($0.achieved)) of latency" } ?? ""
        try files.cell(
            genotype,
            provenance: provenance.map { JSONValue.Member($0.key, $0.value) } + members(of: latency))
        let text =
            "a random cell, draw \(attempt + 1) of seed \(resolved.configuration.run.seed): \(weights) weights\(timed) at "
            + "\(measuredNetwork.words); results are in \(directory.path)"
        LogStream.snas.say(
            LogLine(.results, text, ["folder": .string(directory.path), "parameters": .integer(weights)]).briefly(
                FinalBlock(
                    found:
                        "a random cell, draw \(attempt + 1) of seed \(resolved.configuration.run.seed): "
                        + FinalBlock.words(genotype),
                    worth: "nobody looked; \(weights) weights\(timed) at \(measuredNetwork.words)",
                    place: "\(directory.path) (genotype.txt, normal.svg)",
                    next: "snas retrain --genotype \(ShellWord.quoted(directory.path))"
                ).lines))
        return (genotype, fingerprint)
    }

    /// Of a cell whose latency is asked for.
    private func members(of latency: (asked: Int, achieved: Int)?) -> [JSONValue.Member] {
        guard let latency else { return [] }
        let digest = resolved.configuration.budget.latencyTable?.digest
        return [
            JSONValue.Member("asked_latency_ns", .integer(latency.asked)),
            JSONValue.Member("latency_ns", .integer(latency.achieved)),
            JSONValue.Member("latency_table_sha256", digest.map { .string($0) } ?? .null),
        ]
    }

    private func draw() throws -> (genotype: Genotype, attempt: Int) {
        var (smallest, largest) = (Int.max, 0)
        let drawn = RandomGenotype.firstDraw(
            in: measuredNetwork.plan.space, seed: UInt64(resolved.configuration.run.seed), attempts: Self.attempts
        ) { genotype in
            guard let askedSize else { return true }
            let amount = measuredNetwork.amount(genotype, of: askedSize.resource)
            (smallest, largest) = (min(smallest, amount), max(largest, amount))
            return askedSize.allows(amount)
        }
        if let drawn { return drawn }
        guard let askedSize else { preconditionFailure("the first draw is taken") }
        let resource = askedSize.resource
        throw UserError(
            .configuration,
            "none of \(Self.attempts) random cells has \(askedSize.words) +- \(100 * askedSize.tolerance) % at "
                + "\(measuredNetwork.words); they have \(resource.text(smallest)) to \(resource.text(largest))")
    }
}
