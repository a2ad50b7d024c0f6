import Configuration
import Host
import SearchSpace
import Testing

/// Which sides of images a network takes: the one that is built decides.
@Suite
struct SideTests {
    private func refusal(_ configuration: SearchConfiguration, _ height: Int, _ width: Int) -> UserError? {
        do {
            try configuration.checkSides(of: ImageShape(channels: 1, height: height, width: width))
            return nil
        } catch { return error as? UserError }
    }

    private func retraining(_ genotype: Genotype, layers: Int) -> SearchConfiguration {
        var configuration = SearchConfiguration.retraining
        configuration.retrain.genotype = genotype
        configuration.space.layers = layers
        return configuration
    }

    @Test("A search takes any sides; NAS-Bench-201's residual blocks halve twice and want sides divisible by 4")
    func searches() throws {
        var search = SearchConfiguration()
        for (height, width) in [(28, 32), (30, 32), (9, 9), (7, 8), (5, 31), (1, 1)] {
            #expect(refusal(search, height, width) == nil, "\(height) x \(width)")
        }
        search.space.cells.choice = .named(.nasBench201)
        search.space.layers = 3
        let refused = try #require(refusal(search, 30, 28))
        #expect(refused.exitCode == .data && refused.sentence.contains("images of 30 x 28 pixels"))
        #expect(refused.sentence.contains("a map of 15 x 14; both sides must be divisible by 4"), "\(refused)")
        #expect(refusal(search, 9, 8)?.sentence.contains("a map of 9 x 8") == true)
        #expect(refusal(search, 28, 28) == nil)
    }

    @Test("So does a retraining, whatever it keeps; a cell of NAS-Bench-201 wants what its search wants")
    func retrainings() throws {
        for layers in [1, 2, 3, 20] {
            for operation in [Operation.sepConv3x3, .skipConnect, .maxPool3x3] {
                let cell = SearchConfiguration().space.searchSpace.uniform(operation)
                #expect(refusal(retraining(cell, layers: layers), 30, 30) == nil, "\(operation), \(layers)")
                #expect(refusal(retraining(cell, layers: layers), 9, 27) == nil, "\(operation), \(layers)")
            }
        }
        let staged = try #require(
            try? Genotype(
                parsing: "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|skip_connect~2|"))
        #expect(refusal(retraining(staged, layers: 3), 30, 30)?.sentence.contains("15 x 15") == true)
        #expect(refusal(retraining(staged, layers: 3), 32, 28) == nil)
    }

    @Test("Batch norm counts the map that the last cell leaves")
    func values() throws {
        var search = SearchConfiguration()
        (search.training.batchSize, search.training.shards) = (8, 8)
        let small = ImageShape(channels: 1, height: 4, width: 4)
        #expect(throws: UserError.self) { try search.check(gradientImages: 100, image: small) }
        search.space.layers = 1
        try search.check(gradientImages: 100, image: small)
    }
}
