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

    @Test(
        "The preset that writes the paper's search down changes the warm-up alone: all other defaults are the paper's")
    func paper() throws {
        var builder = ConfigurationBuilder()
        try builder.apply(file: "\(Self.presets)/cifar10-snas.yaml")
        var paper = try builder.finished().configuration
        #expect(paper.architecture.warmup == 0)
        paper.architecture.warmup = 0.5
        #expect(paper == SearchConfiguration())
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
            // A policy's settings are read by a policy alone.
            let search = setting.key.hasPrefix("policy.") ? "enas" : "snas"
            var plain = ConfigurationBuilder()
            try plain.apply(name: "search", value: search, origin: .flag)
            var builder = plain
            try builder.apply(name: setting.flag, value: setting.standardValue, origin: .flag)
            #expect(try builder.finished().configuration == plain.finished().configuration)
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
        #expect(sentence { $0.cluster.pieceBytes = 5001 }.contains("5001 is not divisible by 4"))
        #expect(sentence { $0.training.batchSize = 65 }.contains("65 is not divisible by shards 8"))
        #expect(sentence { $0.training.shards = 128 }.contains("shards 128 is more than the 64 images"))
        #expect(sentence { $0.training.batchSize = 128 }.contains("batch_size 128 is more than the 100 images"))
        #expect(sentence { $0.cluster.workerTimeoutSeconds = 3 }.contains("worker_timeout_s 3.0"))
        #expect(sentence { $0.training.learningRateMin = 1 }.contains("learning_rate_min 1.0"))
    }

    @Test("Amounts read as people write them, and nothing else")
    func amounts() throws {
        for (text, value) in [
            ("2.8M", 2_800_000), ("350k", 350_000), ("350K", nil), ("2800000", 2_800_000), ("0.5G", 500_000_000),
            ("2e6", 2_000_000), ("none", nil), ("M", nil), ("2.8m", nil), ("-3M", nil), ("0", nil), ("1e30", nil),
            ("infM", nil),
        ] {
            var builder = ConfigurationBuilder()
            let taken: Void? = try? builder.apply(name: "target_params", value: text, origin: .flag)
            #expect((taken != nil) == (value != nil || text == "none"), "\(text)")
            #expect(try builder.finished().configuration.budget.targetParameters == value, "\(text)")
        }
    }

    @Test("One constraint at a time, and a coefficient has something to multiply")
    func budgets() {
        func sentence(_ change: (inout SearchConfiguration.Budget) -> Void) -> String {
            var configuration = SearchConfiguration()
            change(&configuration.budget)
            do {
                try configuration.checkConsistency()
                return ""
            } catch { return (error as? UserError).map { "\($0.exitCode): \($0.sentence)" } ?? "\(error)" }
        }
        let two = sentence {
            $0.targetParameters = 2_800_000
            $0.targetFlops = 400_000_000
        }
        #expect(two.contains("configuration: target_params 2800000 and target_flops 400000000 cannot"), "\(two)")
        let preset = sentence {
            $0.targetParameters = 2_800_000
            $0.constraint = .mild
        }
        #expect(preset.contains("target_params 2800000 and constraint mild"), "\(preset)")
        let both = sentence {
            $0.constraint = .mild
            $0.resource = .flops
        }
        #expect(both.contains("constraint mild and resource flops"), "\(both)")
        #expect(sentence { $0.lambda = 0.1 }.contains("resource_lambda 0.1: nothing says what costs"))
        let own = sentence {
            $0.lambda = 0.1
            $0.constraint = .mild
        }
        #expect(own.contains("constraint mild finds its coefficient itself"), "\(own)")
        #expect(
            sentence {
                $0.lambda = 0.1
                $0.resource = .mixed
            } == "")
    }

    @Test("The official README's flags mean what they meant, and --loss is not needed")
    func officialFlags() {
        let given = ["resource_lambda": "1.5e-3", "method": "reparametrization", "layer": "8"]
        let settings = OfficialFlags.translated(
            values: given, toggles: ["resource_efficient", "log_penalty", "loss"])
        #expect(
            settings == [
                "resource_lambda": "1.5e-3", "resource_method": "reparametrization", "layers": "8", "resource": "mixed",
                "resource_form": "log",
            ])
        #expect(OfficialFlags.translated(values: [:], toggles: ["resource_efficient"])["resource_form"] == "linear")
        #expect(OfficialFlags.translated(values: ["method": "darts"], toggles: []) == ["search": "darts"])
        let both = ["method": "random", "search": "gdas"]
        #expect(OfficialFlags.translated(values: both, toggles: []) == ["search": "gdas"])
    }

    @Test("A coefficient that is not given is the form's and method's own")
    func coefficients() {
        func coefficient(_ form: CostForm, _ method: CostMethod) -> Double {
            var budget = SearchConfiguration.Budget()
            (budget.form, budget.method) = (form, method)
            return budget.effectiveLambda
        }
        #expect(coefficient(.log, .reparametrization) == 1e-2 && coefficient(.log, .discrete) == 1e-2)
        #expect(coefficient(.log, .policyGradient) == 1e-4 && coefficient(.linear, .policyGradient) == 1e-5)
        #expect(coefficient(.linear, .reparametrization) == 1e-5 && coefficient(.linear, .discrete) == 1e-4)
        #expect(coefficient(.normalised, .reparametrization) == 0.1 && coefficient(.normalised, .discrete) == 0.1)
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
