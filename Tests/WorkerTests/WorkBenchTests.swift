import Configuration
import Datasets
import Formats
import Host
import Launching
import Network
import SearchSpace
import Testing
import Worker

@Suite("What a search's work is on a machine")
struct WorkBenchTests {
    private func bench(
        _ configuration: SearchConfiguration, image: String = "1x8x8", classes: String = "10", data: String? = nil
    ) throws
        -> WorkBench
    {
        try WorkBench(
            settings: configuration.canonicalText.split(separator: "\n").joined(separator: "\t"), image: image,
            classes: classes,
            threads: 2, device: "cpu", path: .kernels, dataFolder: data)
    }

    private var small: SearchConfiguration {
        var configuration = SearchConfiguration()
        configuration.space.initChannels = 4
        configuration.space.layers = 3
        configuration.training.batchSize = 8
        configuration.training.shards = 2
        return configuration
    }

    @Test(
        "Of any search a bench is made that its settings allow: as it is once alpha moves, of one epoch's images, without a choice"
    )
    func searches() throws {
        for search in SearchConfiguration.Method.Search.allCases {
            for level in SearchConfiguration.Method.LevelChoice.allCases {
                var configuration = SearchConfiguration()
                (configuration.method.search, configuration.method.level) = (search, level)
                let timed = try bench(configuration).timed
                #expect(timed.method.isBilevel == configuration.method.isBilevel && timed.warmupEpochs == 0)
                #expect(timed.training.batchSize == configuration.training.batchSize)
                guard search != .enas || configuration.method.isBilevel else { continue }
                try timed.checkConsistency()
                #expect(timed.candidates == nil && timed.data.trainPortion == (timed.method.isBilevel ? 0.5 : 1))
            }
        }
    }

    @Test("A search whose space brings its own number of cells is timed in a network of that space")
    func staged() throws {
        var builder = ConfigurationBuilder()
        try builder.apply(name: "space", value: "nas_bench_201", origin: .flag)
        var configuration = try builder.finished().configuration
        configuration.space.initChannels = 4
        configuration.space.layers = 3
        configuration.training.batchSize = 8
        configuration.training.shards = 2
        let figures = try bench(configuration).run()
        #expect(figures.imagesPerStep == 8 && figures.stepSeconds > 0)
    }

    @Test("A step sends weights and wants a contribution once; of second-order DARTS it is every round's own weights")
    func moves() throws {
        let snas = try bench(small).run()
        #expect(snas.weightSets == 1 && snas.contributions == 1 && snas.imagesPerStep == 8 && snas.threads == 2)
        #expect(snas.stepSeconds > 0 && snas.peakBytes > 1 << 20 && snas.dataDigest == nil && snas.steps >= 1)
        var unrolled = small
        unrolled.method.search = .darts
        unrolled.method.unrolled = true
        let darts = try bench(unrolled).run()
        #expect(darts.weightSets == 4 && darts.imagesPerStep == 40, "\(darts)")
        #expect(try bench(small).run().kind == snas.kind, "one machine is of one kind")
    }

    @Test("A data set of its own is digested; words that say no image, no number of classes or no settings are refused")
    func words() throws {
        let digest = try RecognisedDataset(at: "digits").loadTraining().digest()
        #expect(try bench(small, data: "digits").run().dataDigest == Hexadecimal.string(digest))
        for (image, classes) in [("8x8", "10"), ("1x8x9999", "10"), ("ax8x8", "10"), ("1x8x8", "1"), ("1x8x8", "many")]
        {
            #expect(throws: UserError.self) { try bench(small, image: image, classes: classes) }
        }
        #expect(throws: UserError.self) {
            try WorkBench(
                settings: "a = 1", image: "1x8x8", classes: "10", threads: 1, device: "cpu", path: .kernels,
                dataFolder: nil)
        }
    }
}
