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

    private func retraining(_ operation: Operation, layers: Int) -> SearchConfiguration {
        var configuration = SearchConfiguration.retraining
        configuration.retrain.genotype = configuration.space.searchSpace.uniform(operation)
        configuration.space.layers = layers
        return configuration
    }

    @Test("A search reduces twice and wants sides divisible by 4; with one cell it reduces once and takes 30")
    func searches() throws {
        var search = SearchConfiguration()
        #expect(refusal(search, 28, 32) == nil && refusal(search, 32, 4) == nil)
        let refused = try #require(refusal(search, 30, 32))
        #expect(refused.exitCode == .data && refused.sentence.contains("images of 30 x 32 pixels"))
        #expect(refused.sentence.contains("a map of 15 x 16; both sides must be divisible by 4"), "\(refused)")
        #expect(refusal(search, 7, 8)?.sentence.contains("a map of 7 x 8") == true)
        search.space.layers = 1
        #expect(refusal(search, 30, 30) == nil)
        #expect(refusal(search, 30, 31)?.sentence.contains("divisible by 2") == true)
        search.space.cells.choice = .named(.nasBench201)
        search.space.layers = 3
        #expect(
            refusal(search, 30, 30)?.sentence.contains("a map of 15 x 15") == true && refusal(search, 28, 28) == nil)
    }

    @Test("A retraining takes 30 where its last reduction halves with layers that pad, and not where a skip has to")
    func retrainings() {
        for layers in [1, 2, 3] {
            #expect(refusal(retraining(.sepConv3x3, layers: layers), 30, 30) == nil, "\(layers)")
        }
        #expect(refusal(retraining(.skipConnect, layers: 1), 30, 30) == nil)
        for layers in [2, 3] { #expect(refusal(retraining(.skipConnect, layers: layers), 30, 30) != nil, "\(layers)") }
        // Behind a second reduction the next cell halves what the reduction read.
        #expect(refusal(retraining(.sepConv3x3, layers: 20), 30, 30)?.sentence.contains("15 x 15") == true)
        #expect(refusal(retraining(.skipConnect, layers: 20), 32, 28) == nil)
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
