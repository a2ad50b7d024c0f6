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
        /// The number of weights that is asked for, in the measuredNetwork's network.
        package let weights: Int
        /// A share of `weights`, on both sides.
        package let tolerance: Double

        /// From `--random_params` or the size of `--random_like`, and `--random_tolerance`, which is given in per cent.
        package init(weights: Int, tolerance: Double) {
            self.weights = weights
            self.tolerance = tolerance
        }

        func allows(_ count: Int) -> Bool { abs(Double(count - weights)) <= tolerance * Double(weights) }
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
        try directory.write("configuration.yaml", resolved.yaml)
        try files.alphas(alpha)
        let provenance: KeyValuePairs<String, JSONValue> = [
            "run": .string(directory.identity.description), "method": .string("random"),
            "seed": .integer(resolved.configuration.run.seed), "draws": .integer(attempt + 1),
            "parameters": .integer(weights), "parameters_of": measuredNetwork.json,
            "asked_parameters": askedSize.map { .integer($0.weights) } ?? .null,
            "tolerance": askedSize.map { .number($0.tolerance) } ?? .null, "fingerprint": .string(fingerprint),
        ]
        try files.cell(genotype, provenance: provenance.map { JSONValue.Member($0.key, $0.value) })
        let text =
            "a random cell, draw \(attempt + 1) of seed \(resolved.configuration.run.seed): \(weights) weights at "
            + "\(measuredNetwork.words); results are in \(directory.path)"
        LogStream.snas.say(
            LogLine(.results, text, ["folder": .string(directory.path), "parameters": .integer(weights)]).briefly(
                FinalBlock(
                    found:
                        "a random cell, draw \(attempt + 1) of seed \(resolved.configuration.run.seed): "
                        + FinalBlock.words(genotype),
                    worth: "nobody looked; \(weights) weights at \(measuredNetwork.words)",
                    place: "\(directory.path) (genotype.txt, normal.svg)",
                    next: "snas retrain --genotype \(ShellWord.quoted(directory.path))"
                ).lines))
        return (genotype, fingerprint)
    }

    private func draw() throws -> (genotype: Genotype, attempt: Int) {
        var (smallest, largest) = (Int.max, 0)
        let drawn = RandomGenotype.firstDraw(
            in: measuredNetwork.plan.space, seed: UInt64(resolved.configuration.run.seed), attempts: Self.attempts
        ) { genotype in
            guard let askedSize else { return true }
            let weights = measuredNetwork.weights(genotype)
            (smallest, largest) = (min(smallest, weights), max(largest, weights))
            return askedSize.allows(weights)
        }
        guard let drawn else {
            throw UserError(
                .configuration,
                "none of \(Self.attempts) random cells has \(askedSize?.weights ?? 0) weights +- "
                    + "\(100 * (askedSize?.tolerance ?? 0)) % at \(measuredNetwork.words); "
                    + "they have \(smallest) to \(largest)")
        }
        return drawn
    }
}
