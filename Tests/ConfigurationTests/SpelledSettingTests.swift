import Configuration
import Host
import SearchSpace
import Testing

/// One value, spelled as people spell it: by flag, by `--set` and in YAML it is taken alike, and written down as what it means.
@Suite
struct SpelledSettingTests {
    /// What the effective configuration says of the setting; nil where the value is refused.
    private func taken(_ key: String, _ value: String, by way: String) -> String? {
        let parts = key.split(separator: ".").map(String.init)
        var builder = ConfigurationBuilder()
        do {
            switch way {
            case "flag": try builder.apply(name: parts[1], value: value, origin: .flag)
            case "set": try builder.apply(name: key, value: value, origin: .set)
            default: try builder.apply(text: "\(parts[0]):\n  \(parts[1]): \(value)\n", source: "a.yaml")
            }
            let yaml = try builder.finished().yaml
            let line = yaml.split(separator: "\n").first { $0.hasPrefix("  \(parts[1]): ") }
            return line.map { String($0.dropFirst(parts[1].count + 4).prefix { $0 != "#" }).trimmed }
        } catch {
            #expect(error is UserError, "\(error)")
            return nil
        }
    }

    @Test(
        "Every spelling of a value means the same by flag, by --set and in YAML, and is echoed in the program's own",
        arguments: [
            ("data.cutout", "True", "true"), ("data.cutout", "TRUE", "true"), ("method.unrolled", "No", "false"),
            ("data.cutout", "on", "true"), ("training.epochs", "1e0", "1"), ("training.batch_size", "16.0", "16"),
            ("training.epochs", "1_500", "1500"), ("run.seed", "0xFF", "255"),
            ("training.learning_rate", "1_0", "10.0"),
            ("budget.target_params", "null", "none"), ("budget.target_params", "~", "none"),
            ("budget.target_params", "None", "none"), ("budget.target_params", "NONE", "none"),
            ("budget.resource_lambda", "~", "auto"), ("budget.resource_lambda", "AUTO", "auto"),
            ("data.search_portion", "Null", "auto"), ("budget.resource", "~", "none"),
            ("budget.constraint", "null", "none"),
            ("method.level", "~", "auto"), ("space.operations", "~", "all"), ("retrain.genotype", "null", "none"),
            ("training.max_steps", "~", "0"), ("evaluation.evaluation_images", "null", "0"),
            ("data.crop_padding", "~", "-1"),
            ("data.flip", "null", "-1"), ("method.search", "SNAS", "snas"), ("space.space", "DARTS", "darts"),
            ("temperature.temp_schedule", "Linear", "linear"),
            ("evaluation.networks", "[derived, SOFT]", "soft,derived"),
            ("space.operations", "[none, Skip-Connect]", "none,skip_connect"),
        ])
    func alike(key: String, value: String, meaning: String) {
        for way in ["flag", "set", "yaml"] {
            #expect(taken(key, value, by: way) == meaning, "\(key) \(value) by \(way)")
        }
    }

    @Test("No value at all is refused, with the range, where the setting has no value that means it")
    func nulls() {
        for setting in Setting.all {
            var builder = ConfigurationBuilder()
            do {
                try builder.apply(name: setting.key, value: "null", origin: .set)
                var again = ConfigurationBuilder()
                try again.apply(name: setting.key, value: setting.standardValue, origin: .set)
                #expect(try builder.finished().configuration == again.finished().configuration, "\(setting.key)")
            } catch let error as UserError {
                #expect(error.sentence.contains("\(setting.key) is 'null', which is no value of it; it takes"))
                #expect(["none", "auto", "all"].allSatisfy { $0 != setting.standardValue }, "\(setting.key)")
            } catch { Issue.record("\(error)") }
        }
        for value in ["1.5", "1e-1", "one", "1,000"] { #expect(taken("training.epochs", value, by: "yaml") == nil) }
        for value in ["1", "0", "maybe"] { #expect(taken("data.cutout", value, by: "flag") == nil) }
    }

    @Test(
        "A file, a section or a value that says nothing leaves everything as it is",
        arguments: [
            "", "# nothing\n", "---\n", "~\n", "null\n", "training:\n", "training: ~\n", "training: {}\n",
            "training:\n  # epochs: 5\n", "training:\n  # epochs: 5\ndata:\n", "budget:\n  target_params:\n",
        ])
    func nothing(text: String) throws {
        var builder = ConfigurationBuilder()
        try builder.apply(text: text, source: "a.yaml")
        #expect(try builder.finished().configuration == SearchConfiguration())
    }

    @Test("A list may be a YAML sequence, and hyphens are underscores in files as in flags")
    func sequences() throws {
        var builder = ConfigurationBuilder()
        try builder.apply(
            text: "space:\n  operations:\n    - none\n    - sep_conv_3x3\ntraining: {batch-size: 32}\n",
            source: "a.yaml")
        try builder.apply(name: "training.max-steps", value: "7", origin: .set)
        let configuration = try builder.finished().configuration
        #expect(configuration.space.cells.operations == [.none, .sepConv3x3])
        #expect(configuration.training.batchSize == 32 && configuration.training.maxSteps == 7)
    }

    @Test(
        "What a spelling hides is refused all the same: one setting twice, a list for a number, an unknown empty section"
    )
    func refused() {
        for (text, part) in [
            ("training:\n  batch-size: 32\n  batch_size: 64\n", "line 3, column 3: 'training.batch_size' stands twice"),
            ("training:\n  epochs: [5]\n", "'epochs' wants one value"),
            ("trainin:\n", "line 1: unknown section 'trainin'; did you mean 'training'?"),
            ("training: 5\n", "should be a section"), ("training:\n  epochs:\n", "training.epochs is 'null'"),
        ] {
            var builder = ConfigurationBuilder()
            do {
                try builder.apply(text: text, source: "a.yaml")
                Issue.record("\(text)")
            } catch { #expect("\(error)".contains(part), "\(error)") }
        }
    }

    @Test(
        "A name that is known in another section, outside of one or in upper case is told with its place",
        arguments: [
            (
                "training:\n  cutout: no\n",
                "line 2, column 3: unknown setting 'training.cutout'; did you mean 'data.cutout'?"
            ),
            ("training:\n  EPOCHS: 3\n", "did you mean 'training.epochs'?"),
            (
                "epochs: 3\n",
                "line 1: 'epochs' should be a section with settings below it: epochs belongs below 'training:'"
            ),
            ("training.batch-size: 3\n", "batch_size belongs below 'training:'"),
            ("TRAINING:\n  epoch: 3\n", "did you mean 'training.epochs'?"),
        ])
    func misplaced(text: String, part: String) {
        var builder = ConfigurationBuilder()
        let error = #expect(throws: UserError.self) { try builder.apply(text: text, source: "a.yaml") }
        #expect(error?.sentence.contains(part) == true, "\(String(describing: error))")
        for name in ["epochs", "TRAINING.EPOCHS"] {
            let error = #expect(throws: UserError.self) { try builder.apply(name: name, value: "3", origin: .set) }
            #expect(error?.sentence == "unknown setting '\(name)'; did you mean 'training.epochs'?")
        }
    }

    @Test("A space's file is read with the same eyes")
    func spaces() throws {
        let space = try SpaceFile.parse(
            "name: ~\nskeleton: Reductions\noutput:\nnodes: 2.0\nnormal: [None, Skip-Connect]\nreduce: [skip_connect]\n",
            source: "small.yaml")
        #expect(space.name == "small" && space.nodes == 2)
        #expect(throws: UserError.self) {
            try SpaceFile.parse("nodes: ~\nnormal: [skip_connect]\nreduce: [skip_connect]\n", source: "a.yaml")
        }
    }
}

extension String {
    fileprivate var trimmed: String { Spelling.trimmed(self) }
}
