package import Configuration
package import Datasets
import Formats
import Host
package import RunStore
package import SearchSpace

/// The same search with several seeds, in run directories beside each other.
///
/// A seed's folder says how far it is, so the same command goes on with what is there: a finished run is not run again, one
/// that has begun is resumed, and one that was begun with other settings or other data is refused.
package struct SeedSeries {
    /// Holds the runs, one a seed.
    package let folder: String
    /// In the order in which they are searched; one at least.
    package let seeds: [Int]

    /// - Parameter others: files that may lie beside the seeds.
    /// - Throws: `UserError` (cannotCreate) where the folder holds something else, or a seed's place cannot be a run's.
    package init(in folder: String, seeds: [Int], others: Set<String> = []) throws {
        let others = others.union([SeedTable.fileName])
        precondition(!seeds.isEmpty)
        self.folder = folder
        self.seeds = seeds
        try FileSystem.checkFolder(folder, for: "seeds need a folder of their own")
        guard FileSystem.exists(folder) else { return }
        let names = try FileSystem.listOwn(folder)
        // A crash may have left a file half written beside the place that it was for.
        let ours = others.union(others.map { "\($0).tmp" })
        guard names.allSatisfy({ $0.hasPrefix(Self.stem) || ours.contains($0) }) else {
            throw UserError(
                .cannotCreate,
                "'\(folder)' exists and is no folder of seeds (it would hold \(Self.stem)\(seeds[0]) and so on); choose another"
            )
        }
        // What would be found when a seed's turn comes, or after the last one, is found before the first.
        for seed in seeds { try RunDirectory.checkPlace(directory(of: seed)) }
        for name in others { try FileSystem.checkFile("\(folder)/\(name)") }
    }

    private static let stem = "seed-"

    /// The run's folder, whether it is there or not.
    package func directory(of seed: Int) -> String { "\(folder)/\(Self.stem)\(seed)" }

    /// The seed whose run's folder has this name; nil for another name.
    package static func seed(ofFolder name: String) -> Int? {
        name.hasPrefix(stem) ? Int(name.dropFirst(stem.count)) : nil
    }

    /// - Throws: `UserError` where the seed's run has other settings or other data.
    package func standing(of seed: Int, _ configuration: SearchConfiguration, data: ImageSet) throws -> RunStanding {
        try RunStanding(
            of: directory(of: seed), asked: configuration, data: data,
            remedy: "a folder of seeds holds one search; choose another")
    }

    /// What finished runs came to.
    /// - Throws: `UserError` (data) where a run's results cannot be read.
    package func table(target: NetworkPlan) throws -> SeedTable {
        SeedTable(rows: try seeds.map { try row($0, target) }, target: target)
    }

    private func row(_ seed: Int, _ target: NetworkPlan) throws -> SeedTable.Row {
        let run = try RunDirectory.toRead(directory(of: seed))
        let result = try RunResult(of: run)
        let last = try RunMetrics(run).epochs().last
        return SeedTable.Row(
            seed: seed, run: run.path, genotype: result.genotype, fingerprint: result.fingerprint,
            derived: last?["derived"]?["accuracy"]?.number, soft: last?["soft"]?["accuracy"]?.number,
            entropy: last?["entropy"]?.number, weights: target.derivedWeights(result.genotype),
            alpha: try ResultFiles(run).derivedAlpha(target.space.shape))
    }
}
