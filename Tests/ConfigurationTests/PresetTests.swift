import Configuration
import Host
import Optimization
import SearchSpace
import Testing

/// The files in `configs`: none relies on what the program does where nothing is said.
@Suite
struct PresetTests {
    private static let folder =
        FileSystem.parent(of: FileSystem.parent(of: FileSystem.parent(of: #filePath))) + "/configs"

    /// A truth table trains its cells as a retraining does.
    private static func isRetraining(_ name: String) -> Bool { name.hasPrefix("retrain") || name.hasPrefix("truth") }

    private func resolved(_ name: String) throws -> ResolvedConfiguration {
        var builder =
            Self.isRetraining(name)
            ? ConfigurationBuilder(from: .retraining, origin: .standard) : ConfigurationBuilder()
        try builder.apply(file: "\(Self.folder)/\(name)")
        return try builder.finished()
    }

    @Test(
        "Every preset writes down every setting that decides what is found, so that no changed default changes a preset"
    )
    func complete() throws {
        let names = try FileSystem.list(Self.folder)
        #expect(names.contains("quick.yaml") && names.contains("nas-bench-201.yaml"))
        for name in names {
            let resolved = try resolved(name)
            for setting in Setting.all where !["run.", "cluster."].contains(where: setting.key.hasPrefix) {
                // A retraining reads no alpha, and its cells are what it is asked for.
                if Self.isRetraining(name), setting.isForSearchOnly || setting.key == "retrain.genotype" { continue }
                guard case .file = resolved.origins[setting.key] else {
                    Issue.record("\(name) leaves \(setting.key) to the program's default")
                    continue
                }
            }
        }
    }

    @Test("The paper's preset is the paper's search to the letter")
    func paper() throws {
        let paper = try resolved("cifar10-snas.yaml").configuration
        #expect(paper.data.trainPortion == 0.5 && paper.data.judgeShare == 0)
        let (space, training, alpha) = (paper.space, paper.training, paper.architecture)
        #expect([space.initChannels, space.layers, space.cells.nodes] == [16, 8, 4])
        #expect([training.epochs, training.batchSize, training.shards] == [150, 64, 8])
        #expect([training.learningRate, training.learningRateMin, training.momentum] == [0.025, 0.001, 0.9])
        #expect([training.weightDecay, training.gradClip, training.dropPathProb] == [3e-4, 5, 0.3])
        #expect([alpha.learningRate, alpha.beta1, alpha.beta2, alpha.weightDecay] == [3e-4, 0.5, 0.999, 1e-3])
        #expect([alpha.gradClip, alpha.locMean, alpha.locStd] == [10, 1, 0.01])
        #expect([alpha.warmup, alpha.alphaAverage, alpha.parameterlessDropout] == [0, 0, 0])
        #expect(alpha.noise == .independent && paper.temperature.clock == .run)
        #expect([paper.temperature.start, paper.temperature.end] == [1, 0.03] && !paper.temperature.byStep)
        #expect(paper.temperature.shape == .linear && paper.budget.resource == .none)
    }
}
