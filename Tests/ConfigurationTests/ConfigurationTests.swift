import Configuration
import Host
import SearchSpace
import Testing

@Suite
struct ConfigurationTests {
    /// The project's presets, beside the tests' own sources.
    private static let presets =
        FileSystem.parent(of: FileSystem.parent(of: FileSystem.parent(of: #filePath))) + "/configs"

    @Test("Every preset loads, fits itself, and is read back from its effective form with nothing changed")
    func presets() throws {
        let names = try FileSystem.list(Self.presets).filter { $0.hasSuffix(".yaml") }
        #expect(names.contains("quick.yaml") && names.count >= 5)
        for name in names {
            var builder = ConfigurationBuilder()
            try builder.apply(file: "\(Self.presets)/\(name)")
            let resolved = try builder.finished()
            var again = ConfigurationBuilder()
            try again.apply(text: resolved.yaml, source: "effective")
            #expect(try again.finished().configuration == resolved.configuration, "\(name)")
            #expect(
                try SearchConfiguration(canonicalText: resolved.configuration.canonicalText) == resolved.configuration)
        }
    }

    @Test("The preset that writes the paper's search down changes nothing: defaults are the paper's")
    func paper() throws {
        var builder = ConfigurationBuilder()
        try builder.apply(file: "\(Self.presets)/cifar10-snas.yaml")
        #expect(try builder.finished().configuration == SearchConfiguration())
    }

    @Test("Later origins win, and each value remembers where it came from")
    func origins() throws {
        var builder = ConfigurationBuilder()
        try builder.apply(text: "training:\n  epochs: 5\n  shards: 4\n", source: "a.yaml")
        try builder.apply(name: "epochs", value: "6", origin: .flag)
        try builder.apply(name: "training.batch_size", value: "32", origin: .set)
        let resolved = try builder.finished()
        #expect(resolved.configuration.training.epochs == 6)
        #expect(resolved.configuration.training.batchSize == 32)
        #expect(resolved.origins["training.epochs"] == .flag)
        #expect(resolved.origins["training.shards"] == .file("a.yaml", line: 3))
        #expect(resolved.yaml.contains("epochs: 6  # flag"))
        #expect(resolved.yaml.contains("momentum: 0.9  # default"))
    }

    @Test("Every setting refuses what is no value, takes its own default, and has a key and a flag of its own")
    func settings() throws {
        #expect(Set(Setting.all.map(\.key)).count == Setting.all.count)
        #expect(Set(Setting.all.map(\.flag)).count == Setting.all.count)
        for setting in Setting.all {
            for value in ["banana", "", "nan", "-99999999"] {
                var builder = ConfigurationBuilder()
                do {
                    try builder.apply(name: setting.key, value: value, origin: .set)
                    Issue.record("\(setting.key) took '\(value)'")
                } catch let error as UserError {
                    #expect(error.exitCode == .usage && error.sentence.contains("\(setting.key) is '\(value)'"))
                }
            }
            var builder = ConfigurationBuilder()
            try builder.apply(name: setting.flag, value: setting.standardValue, origin: .flag)
            #expect(try builder.finished().configuration == SearchConfiguration())
        }
    }

    @Test("Evaluated networks may be left out, but not the derived one; order and spaces do not matter")
    func networks() throws {
        func networks(_ text: String) throws -> [EvaluatedNetwork] {
            var builder = ConfigurationBuilder()
            try builder.apply(name: "networks", value: text, origin: .flag)
            return try builder.finished().configuration.evaluation.networks
        }
        #expect(SearchConfiguration().evaluation.networks == [.soft, .hard, .derived, .top2])
        #expect(try networks("derived") == [.derived])
        #expect(try networks("top2, derived,soft") == [.soft, .derived, .top2])
        for text in ["soft,hard", "derived,derived", "derived,", "derived;soft"] {
            #expect(throws: UserError.self, "\(text)") { try networks(text) }
        }
    }

    @Test("Values that do not fit each other or the data are refused with both")
    func guards() throws {
        func sentence(_ change: (inout SearchConfiguration) -> Void) -> String {
            var configuration = SearchConfiguration()
            change(&configuration)
            do {
                try configuration.checkConsistency()
                try configuration.check(gradientImages: 100, image: ImageShape(channels: 3, height: 8, width: 8))
                return ""
            } catch { return (error as? any UserFacingError)?.sentence ?? "\(error)" }
        }
        #expect(sentence { _ in } == "")
        #expect(sentence { $0.training.batchSize = 65 }.contains("65 is not divisible by shards 8"))
        #expect(sentence { $0.training.shards = 128 }.contains("shards 128 is more than the 64 images"))
        #expect(sentence { $0.training.batchSize = 128 }.contains("batch_size 128 is more than the 100 images"))
        #expect(sentence { $0.space.initChannels = 7 }.contains("init_channels 7"))
        #expect(sentence { $0.cluster.workerTimeoutSeconds = 3 }.contains("worker_timeout_s 3.0"))
        #expect(sentence { $0.training.learningRateMin = 1 }.contains("learning_rate_min 1.0"))
    }

    @Test("Another version's settings are refused: an unknown one, a missing one, one out of range")
    func canonical() {
        let text = SearchConfiguration().canonicalText
        let lines = text.split(separator: "\n").map(String.init)
        for changed in [
            text + "space.colour = red\n", lines.dropLast().joined(separator: "\n"),
            text.replacing("space.layers = 8", with: "space.layers = 0"),
        ] {
            #expect(throws: UserError.self) { try SearchConfiguration(canonicalText: changed) }
        }
    }
}
