import Configuration
import Formats
import Host
import SearchSpace
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite
struct RetrainingTests {
    private func builder(_ settings: KeyValuePairs<String, String> = [:]) throws -> ConfigurationBuilder {
        var builder = ConfigurationBuilder(from: .retraining, origin: .standard)
        try builder.apply(name: "genotype", value: "DARTS_V2", origin: .flag)
        for (name, value) in settings { try builder.apply(name: name, value: value, origin: .flag) }
        return builder
    }

    @Test("A genotype survives YAML and the wire's text, and is none in a search")
    func genotype() throws {
        let resolved = try builder().finished()
        let wanted = try #require(KnownGenotypes.named("DARTS_V2"))
        #expect(resolved.configuration.retrain.genotype == wanted)
        let text = resolved.configuration.canonicalText
        #expect(try SearchConfiguration(canonicalText: text) == resolved.configuration)
        var again = ConfigurationBuilder()
        try again.apply(text: resolved.yaml, source: "test.yaml")
        #expect(try again.finished().configuration == resolved.configuration)
        #expect(SearchConfiguration().canonicalText.contains("retrain.genotype = none\n"))
        #expect(throws: UserError.self) { try builder(["genotype": "DARTS_V3"]) }
    }

    @Test("Cutout and auxiliary head give way on small images with a word, unless they were asked for")
    func fitted() throws {
        let digits = ImageShape(channels: 1, height: 8, width: 8)
        let cifar = ImageShape(channels: 3, height: 32, width: 32)
        let tiny = ImageShape(channels: 1, height: 4, width: 4)
        let plain = try builder().finished()
        let (whole, silence) = try plain.fitted(to: cifar)
        #expect(silence.isEmpty && whole == plain)
        let (small, notes) = try builder().finished().fitted(to: digits)
        #expect(small.configuration.data.cutoutLength == 4 && small.configuration.retrain.auxiliary)
        #expect(notes.count == 1 && notes[0].contains("cutout_length 4 instead of 16"))
        let (least, words) = try builder().finished().fitted(to: tiny)
        #expect(!least.configuration.retrain.auxiliary && least.configuration.data.cutoutLength == 2)
        #expect(words.count == 2 && words[0].contains("no auxiliary head") && words[0].contains("1 x 1"))
        func expectRefusal(_ settings: KeyValuePairs<String, String>, _ image: ImageShape, saying part: String) throws {
            let resolved = try builder(settings).finished()
            do {
                _ = try resolved.fitted(to: image)
                Issue.record("\(settings) was taken for \(image)")
            } catch let error as UserError {
                #expect(error.exitCode == .configuration && error.sentence.contains(part), "\(error)")
            }
        }
        try expectRefusal(["auxiliary": "true"], tiny, saying: "leaves 1 x 1")
        try expectRefusal(["cutout_length": "16"], digits, saying: "cuts everything")
        try expectRefusal(
            ["auxiliary": "true", "batch_size": "8"], cifar, saying: "a shard has one image")
        let (asked, none) = try builder(["cutout_length": "6"]).finished().fitted(to: digits)
        #expect(asked.configuration.data.cutoutLength == 6 && none.isEmpty, "more than half, but somebody wants it")
    }

    @Test(
        "A search's cutout gives way on small images too; asked for, it is refused where it leaves nothing of an image")
    func searchCutout() throws {
        let digits = ImageShape(channels: 1, height: 8, width: 8)
        func fitted(_ settings: [(String, String)]) throws -> (SearchConfiguration, [String]) {
            var builder = ConfigurationBuilder()
            for (name, value) in settings { try builder.apply(name: name, value: value, origin: .flag) }
            let (resolved, notes) = try builder.finished().fitted(to: digits)
            return (resolved.configuration, notes)
        }
        let (small, notes) = try fitted([("cutout", "true")])
        #expect(small.data.cutoutLength == 4 && notes == ["cutout_length 4 instead of 16: images are 8 x 8"])
        let (without, silence) = try fitted([])
        #expect(
            without.data.cutoutLength == 16 && silence.isEmpty
                && without.retrain.auxiliary == SearchConfiguration().retrain.auxiliary)
        let error = #expect(throws: UserError.self) { try fitted([("cutout", "true"), ("cutout_length", "16")]) }
        #expect(error?.exitCode == .configuration && error?.sentence.contains("cuts everything out") == true)
    }

    @Test("A folder without a cell and a link that leads nowhere are told as such, with a run in the folder")
    func noCell() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        func refusal(_ path: String) -> UserError? {
            #expect(throws: UserError.self) { try Genotype(argument: path) }
        }
        let empty = refusal(folder)
        #expect(empty?.exitCode == .noInput)
        #expect(empty?.sentence == "no genotype.txt in '\(folder)', which is no run's folder: it holds nothing")
        try FileSystem.createDirectory("\(folder)/seed-2")
        try FileSystem.createDirectory("\(folder)/seed-3")
        try FileSystem.writeFile("\(folder)/seed-3/genotype.txt", [])
        #expect(
            refusal(folder)?.sentence.hasSuffix(
                "it holds seed-2, seed-3; name one of the runs in it, as \(folder)/seed-3") == true)
        #expect(symlink("/nowhere/at/all", "\(folder)/link") == 0)
        #expect(
            refusal("\(folder)/link")?.sentence.hasSuffix("it is a link to '/nowhere/at/all', which is not there")
                == true)
    }

    @Test(
        "What genotype.json says of the network that was searched is read again, by file or folder; other sources do not say it"
    )
    func searchedNetwork() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        var space = SearchConfiguration().space
        (space.initChannels, space.layers) = (8, 3)
        let searched = SearchedNetwork(space)
        func write(_ members: [JSONValue.Member]) throws {
            let document = JSONValue.object([.init("provenance", .object(members))])
            try FileSystem.writeFile("\(folder)/genotype.json", Array(document.serialized(pretty: true).utf8))
        }
        try write([searched.provenance])
        #expect(SearchedNetwork(ofGenotype: folder) == searched)
        #expect(SearchedNetwork(ofGenotype: "\(folder)/genotype.json") == searched)
        #expect(searched.note(trainedIn: space) == nil)
        (space.initChannels, space.layers) = (36, 20)
        let note = "the cell was searched in 3 cells of 8 channels and is trained in 20 of 36"
        #expect(searched.note(trainedIn: space)?.hasPrefix(note) == true)
        try write([.init("seed", .integer(1))])
        for other in [folder, "\(folder)/none", "DARTS_V2", "Genotype(normal=[])"] {
            #expect(SearchedNetwork(ofGenotype: other) == nil, "\(other)")
        }
    }
}
