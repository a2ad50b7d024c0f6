import Configuration
import Host
import SearchSpace
import Testing

/// How a search steps, as a person asks for it.
@Suite
struct MethodTests {
    private func resolved(_ settings: [(String, String)]) throws -> SearchConfiguration {
        var builder = ConfigurationBuilder()
        for (name, value) in settings { try builder.apply(name: name, value: value, origin: .flag) }
        return try builder.finished().configuration
    }

    private func sentence(_ settings: [(String, String)]) -> String {
        do {
            _ = try resolved(settings)
            return ""
        } catch { return (error as? any UserFacingError)?.sentence ?? "\(error)" }
    }

    @Test(
        "SNAS has one level and keeps every edge; DARTS has two, takes the rest of the images for alpha and keeps two edges"
    )
    func methods() throws {
        let snas = try resolved([])
        #expect(!snas.method.isBilevel && snas.searchPortion == 0 && snas.derivation == .snas)
        #expect(snas.method.passesPerStep == 1)
        let darts = try resolved([("search", "darts"), ("train_portion", "0.4")])
        #expect(darts.method.isBilevel && darts.searchPortion == 0.6 && darts.derivation == .darts)
        #expect(darts.method.passesPerStep == 2)
        #expect(try resolved([("search", "darts"), ("unrolled", "true")]).method.passesPerStep == 5)
        let gdas = try resolved([("search", "gdas"), ("train_portion", "0.4"), ("temp_min", "0.2")])
        #expect(gdas.method.isBilevel && gdas.searchPortion == 0.6 && gdas.derivation == .darts)
        #expect(gdas.method.passesPerStep == 2 && gdas.temperature.start == 10 && gdas.temperature.end == 0.2)
        let single = try resolved([("search", "darts"), ("level", "single")])
        #expect(!single.method.isBilevel && single.searchPortion == 0 && single.derivation == .darts)
        let both = try resolved([("level", "bilevel"), ("search_portion", "0.2")])
        #expect(both.method.isBilevel && both.searchPortion == 0.2 && both.derivation == .snas)
    }

    @Test(
        "A method and a space bring their own defaults, where nobody says otherwise; a retraining of a staged cell its network's"
    )
    func ownDefaults() throws {
        let staged = try resolved([("space", "nas_bench_201")])
        #expect(staged.space.layers == 15 && staged.space.initChannels == 16)
        #expect(staged.budget.targetLayers == 15 && staged.budget.targetChannels == 16)
        let smaller = try resolved([("space", "nas_bench_201"), ("layers", "6"), ("target_channels", "32")])
        #expect(smaller.space.layers == 6 && smaller.budget.targetChannels == 32)
        #expect(sentence([("space", "nas_bench_201"), ("layers", "8")]).contains("layers 8: NAS-Bench-201's cells"))
        #expect(sentence([("space", "nas_bench_201"), ("target_layers", "20")]).contains("target_layers 20: NAS"))
        var retraining = ConfigurationBuilder(from: .retraining, origin: .standard)
        try retraining.apply(name: "genotype", value: "|nor_conv_3x3~0|", origin: .flag)
        let network = try retraining.finished().configuration.space
        #expect(network.layers == 15 && network.initChannels == 16)
        #expect(try resolved([]).space.layers == 8 && resolved([]).temperature.start == 1)
    }

    @Test("What a method lacks is said in a sentence")
    func refusals() {
        #expect(sentence([("unrolled", "true")]).contains("this search has a single level"))
        #expect(sentence([("search_portion", "0.2")]).contains("this search has a single level"))
        #expect(sentence([("search", "darts"), ("train_portion", "1")]).contains("leaves it none"))
        #expect(sentence([("search", "darts"), ("search_portion", "0.0")]).contains("leaves it none"))
        #expect(
            sentence([("search", "darts"), ("train_portion", "0.7"), ("search_portion", "0.5")])
                .contains("more than all images together"))
        #expect(sentence([("search", "darts"), ("target_params", "2.8M")]).contains("keeps two edges a node"))
        #expect(sentence([("search", "darts"), ("constraint", "mild")]).contains("keeps two edges a node"))
        #expect(sentence([("search", "darts"), ("resource", "parameters")]).isEmpty)
        #expect(
            sentence([("search", "darts"), ("temp_min", "0.1")])
                == "temperature.temp_min: --search darts draws nothing and does not read it")
        #expect(sentence([("search", "darts"), ("noise", "stratified")]).contains("architecture.noise"))
        #expect(sentence([("search", "snas"), ("temp_min", "0.1")]).isEmpty)
        #expect(sentence([("search", "gdas"), ("unrolled", "true")]).contains("--search gdas draws"))
        #expect(sentence([("search", "gdas"), ("parameterless_dropout", "0.2")]).contains("computes one an edge"))
        #expect(
            sentence([("search", "gdas"), ("constraint", "mild")]).contains("--search gdas keeps two edges a node"))
        #expect(sentence([("search", "nasnet")]).contains("it takes snas, darts, gdas, dsnas, enas"))
    }

    @Test("DSNAS has one level and ENAS two; ENAS compares ten cells on a tenth of the images, and any method may")
    func children() throws {
        let dsnas = try resolved([("search", "dsnas")])
        #expect(!dsnas.method.isBilevel && dsnas.derivation == .snas && dsnas.candidates == nil)
        #expect(dsnas.method.isOneHot && !dsnas.method.readsTemperature && dsnas.architecture.learningRate == 0.001)
        let enas = try resolved([("search", "enas")])
        #expect(enas.method.isBilevel && enas.candidates == 10 && enas.choosingPortion == 0.1)
        #expect(abs(enas.searchPortion - 0.4) < 1e-12 && enas.architecture.beta1 == 0)
        #expect(enas.policy.imagesPerStep == 512 && enas.searchBatch == 512)
        for text in ["best_of_8", "best-of 8", "Best_of:8", "best_of=8"] {
            let snas = try resolved([("derive", text)])
            #expect(snas.candidates == 8 && snas.choosingPortion == 0.1 && snas.derivation == .snas, "\(text)")
            #expect(Setting.named("derive")?.value(in: snas) == "best_of_8")
        }
        #expect(try resolved([("search", "darts"), ("derive", "argmax")]).derivation == .snas)
        #expect(try resolved([("derive", "top2")]).derivation == .darts)
        for text in ["best_of", "best_of_0", "best_of_1001", "best_of_-3", "best", "top_3", ""] {
            #expect(sentence([("derive", text)]).contains("best_of_K, K from 1 to 1000"), "\(text)")
        }
        let text = try resolved([("search", "enas"), ("derive", "best_of_7"), ("reward_images", "50")]).canonicalText
        #expect(try SearchConfiguration(canonicalText: text).candidates == 7)
    }

    @Test("What a policy, a choice, a decided edge or a cost of the whole network lacks is said in a sentence")
    func refusalsOfChildren() {
        #expect(sentence([("search", "enas"), ("level", "single")]).contains("it has no single level"))
        #expect(sentence([("search", "enas"), ("train_portion", "0.9")]).contains("leaves it none"))
        #expect(
            sentence([("search", "enas"), ("children", "1"), ("baseline", "leave_one_out")]).contains("children is 1"))
        #expect(sentence([("search", "enas"), ("reward", "soft")]).contains("--target_params 2.8M"))
        #expect(sentence([("search", "enas"), ("reward", "soft"), ("target_params", "2.8M")]).isEmpty)
        #expect(sentence([("reward", "hard"), ("target_params", "2.8M")]).contains("--search snas learns by a loss"))
        #expect(sentence([("search", "enas"), ("target_params", "2.8M")]).contains("draws cells of any size"))
        #expect(sentence([("children", "4")]).contains("policy.children: --search snas rewards nothing"))
        #expect(sentence([("search", "dsnas"), ("temp_min", "0.1")]).contains("draws without a temperature"))
        #expect(sentence([("search", "enas"), ("unrolled", "true")]).contains("--search enas draws"))
        #expect(sentence([("search", "dsnas"), ("parameterless_dropout", "0.2")]).contains("computes one an edge"))
        #expect(sentence([("alpha_every", "4")]).contains("of a single level"))
        #expect(sentence([("search", "darts"), ("alpha_every", "4")]).isEmpty)
        #expect(sentence([("derive", "best_of_4"), ("choosing_portion", "0.0")]).contains("leaves it none"))
        #expect(sentence([("choosing_portion", "0.2")]).contains("nothing chooses"))
        #expect(sentence([("derive", "best_of_4"), ("train_portion", "0.95")]).contains("more than all images"))
        #expect(sentence([("derive", "top2"), ("space", "nas_bench_201")]).contains("keeps every edge"))
        let cost = [("search", "dsnas"), ("resource", "flops")]
        #expect(sentence(cost).isEmpty && sentence(cost + [("resource_form", "sum")]).isEmpty)
        #expect(sentence(cost + [("resource_method", "reparametrization")]).contains("has none"))
        #expect(sentence(cost + [("resource_form", "product")]).contains("take sum"))
        let product = [("resource", "flops"), ("resource_form", "product")]
        #expect(sentence(product).isEmpty)
        #expect(sentence(product + [("resource_method", "policy_gradient")]).contains("edge by edge"))
        #expect(sentence([("resource", "mixed"), ("resource_form", "sum")]).contains("name it"))
        #expect(
            sentence(product + [("search", "darts"), ("unrolled", "true")]).contains("multiplies it shard by shard"))
    }

    @Test("Children need enough images to be judged on")
    func rewardImages() throws {
        let enas = try resolved([("search", "enas"), ("children", "3"), ("reward_images", "40")])
        let image = ImageShape(channels: 3, height: 8, width: 8)
        func check(search: Int, choosing: Int) throws {
            try enas.check(gradientImages: 100, searchImages: search, choosingImages: choosing, image: image)
        }
        try check(search: 120, choosing: 1)
        #expect(throws: UserError.self) { try check(search: 119, choosing: 1) }
        #expect(throws: UserError.self) { try check(search: 120, choosing: 0) }
    }

    @Test("A batch must fit into alpha's images too")
    func batch() throws {
        let darts = try resolved([("search", "darts")])
        let image = ImageShape(channels: 3, height: 8, width: 8)
        #expect(throws: UserError.self) { try darts.check(gradientImages: 100, searchImages: 63, image: image) }
        try darts.check(gradientImages: 100, searchImages: 64, image: image)
    }
}
