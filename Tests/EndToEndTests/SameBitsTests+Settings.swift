import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The same bits by every method, and from an epoch on under other settings.
extension SameBitsTests {
    @Test(
        "Warm-up, coupled noise, dropped operations and an averaged alpha: the same bits by two workers, stopped in the warm-up",
        arguments: ["antithetic", "stratified"])
    func searchSettings(noise: String) throws {
        // Nine steps an epoch, the first of three epochs without alpha.
        let settings =
            Self.cells + [
                "--epochs", "3",
                "--train_portion", "0.25", "--recalibration_images", "128", "--arch_learning_rate", "0.05", "--warmup",
                "0.34", "--clock", "search", "--parameterless_dropout", "0.4", "--alpha_average", "0.34", "--noise",
                noise,
                "--networks", "derived",
            ]
        let quiet = try Programs()
        let reference = try quiet.run(
            "snas", ["local", "--workers", "1", "--threads", "1", "--run", "\(quiet.folder)/run"] + settings)
        #expect(reference.status == .exited(0), "\(reference.notes)")
        #expect(quiet.text("run/log.txt").contains("epoch 2: alpha begins to move"))
        #expect(quiet.text("run/genotype.json").contains("mean alpha of the last 9 steps"))
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let stopped = try programs.start(
            "snas", ["local", "--workers", "1", "--threads", "1", "--run", run] + settings, name: "stopped")
        #expect(programs.wait(for: "\"step\"", lines: 2, in: "run/metrics.jsonl"))
        stopped.send(signal: SIGTERM)
        _ = programs.finish(stopped, name: "stopped")
        let outcome = try programs.run("snas", ["resume", run, "--workers", "2", "--threads", "2"], name: "resumed")
        #expect(outcome.fingerprint != nil && outcome.fingerprint == reference.fingerprint, "\(outcome.notes)")
        #expect(programs.text("run/genotype.txt") == quiet.text("run/genotype.txt"))
    }

    /// Six steps of every method, with what each alone has: draws, rewards, factors of the loss, decided edges, a choice at the end.
    @Test(
        "Every method gives the same bits by one worker and by two, and by one thread and by two",
        arguments: [
            ["--search", "snas", "--noise", "antithetic"],
            ["--search", "snas", "--skip_below", "0.05", "--temp", "0.3"],
            [
                "--search", "snas", "--level", "bilevel", "--alpha_every", "2", "--resource", "flops",
                "--resource_form", "product",
            ],
            ["--search", "darts"], ["--search", "darts", "--unrolled", "true"], ["--search", "gdas"],
            ["--search", "dsnas", "--early_fixing", "0.3", "--loc_std", "2", "--resource", "parameters"],
            ["--search", "enas", "--children", "3", "--reward_images", "20", "--baseline", "leave_one_out"],
            [
                "--search", "enas", "--children", "3", "--reward_images", "20", "--reward", "soft", "--target_flops",
                "15M", "--derive", "best_of_3",
            ],
        ])
    func methods(flags: [String]) throws {
        let settings = [
            "--init_channels", "4", "--layers", "3", "--nodes", "2", "--batch_size", "40", "--shards", "5", "--epochs",
            "2", "--max_steps", "6", "--train_portion", "0.1", "--recalibration_images", "128", "--warmup", "0",
            "--arch_learning_rate", "0.05", "--networks", "derived",
        ]
        func outcome(workers: String, threads: String) throws -> (fingerprint: String, cell: String) {
            let programs = try Programs()
            let words = ["local", "--workers", workers, "--threads", threads, "--run", "\(programs.folder)/run"]
            let outcome = try programs.run("snas", words + settings + flags)
            #expect(outcome.status == .exited(0), "\(flags): \(outcome.notes)")
            return (try #require(outcome.fingerprint), programs.text("run/genotype.txt"))
        }
        let reference = try outcome(workers: "1", threads: "1")
        #expect(reference.cell.contains("Genotype(normal="))
        #expect(try outcome(workers: "2", threads: "1") == reference, "\(flags)")
        #expect(try outcome(workers: "1", threads: "2") == reference, "\(flags)")
    }

    /// Coordinators are killed at any moment: most of them inside a step, whose rounds are most of its time.
    @Test(
        "Steps of several rounds: the same bits by one to three workers, and through kills inside a step",
        arguments: [
            ["--search", "darts", "--unrolled", "true"],
            ["--search", "enas", "--children", "4", "--reward_images", "64", "--derive", "best_of_2"],
        ])
    func stepsOfRounds(flags: [String]) throws {
        let settings =
            Self.cells + [
                "--epochs", "2", "--max_steps", "10", "--train_portion", "0.5", "--search_portion", "0.3",
                "--recalibration_images", "128", "--arch_learning_rate", "0.05", "--warmup", "0", "--networks",
                "derived",
            ] + flags
        func outcome(_ workers: String, threads: String = "1") throws -> Programs.Outcome {
            let programs = try Programs()
            let words = ["local", "--workers", workers, "--threads", threads, "--run", "\(programs.folder)/run"]
            return try programs.run("snas", words + settings)
        }
        let reference = try outcome("1", threads: "2")
        #expect(reference.status == .exited(0) && reference.fingerprint != nil, "\(reference.notes)")
        #expect(try outcome("2").fingerprint == reference.fingerprint)
        #expect(try outcome("3").fingerprint == reference.fingerprint)
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let words = ["--workers", "1", "--threads", "2"]
        var command = ["local", "--run", run, "--checkpoint_interval_s", "0"] + words + settings
        for kill in 0..<4 {
            let child = try programs.start("snas", command, name: "killed \(kill)")
            #expect(programs.wait(for: "\"step\"", lines: 2 * kill + 1, in: "run/metrics.jsonl"))
            usleep(UInt32(10_000 * kill))
            child.send(signal: SIGKILL)
            _ = child.wait()
            command = ["resume", run] + words
        }
        let outcome = try programs.run("snas", command, name: "resumed")
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.fingerprint == reference.fingerprint, "\(outcome.notes)")
        #expect(programs.text("run/genotype.txt").contains("Genotype(normal="))
    }

    @Test("A new run that goes on from an epoch gives the first one's bits, or others' where settings change")
    func branches() throws {
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let words = ["--workers", "1", "--threads", "2"]
        let first = try programs.run(
            "snas", ["local", "--run", run, "--keep_epochs", "9"] + words + Programs.small(steps: 60), name: "first")
        #expect(first.status == .exited(0), "\(first.notes)")
        let before = try FileSystem.list(run) + FileSystem.list("\(run)/generations")
        func branch(_ name: String, _ settings: [String]) throws -> Programs.Outcome {
            let place = ["resume", run, "--from_epoch", "1", "--run", "\(programs.folder)/\(name)"]
            return try programs.run("snas", place + words + settings, name: name)
        }
        #expect(try branch("same", []).fingerprint == first.fingerprint)
        let other = try branch("other", ["--arch_learning_rate", "0.2"])
        #expect(other.fingerprint != nil && other.fingerprint != first.fingerprint)
        // The cell as it was at that epoch of 29 steps: no further one.
        let then = try branch("then", ["--max_steps", "29"])
        #expect(then.status == .exited(0), "\(then.notes)")
        let told = programs.text("run/metrics.jsonl").split(separator: "\n").first { $0.contains("\"kind\":\"epoch\"") }
        let cell = try #require(then.output.split(separator: "\n").first?.dropFirst("genotype = ".count))
        #expect(try #require(told).contains(cell))
        #expect(
            try FileSystem.list(run) + FileSystem.list("\(run)/generations") == before, "the first run is only read")
        func expectRefusal(_ words: [String], _ code: ExitCode, _ part: String) throws {
            let outcome = try programs.run("snas", ["resume", run] + words, name: "refused")
            #expect(outcome.status == .exited(code.rawValue) && outcome.notes.contains(part), "\(outcome.notes)")
        }
        let new = ["--run", "\(programs.folder)/new"]
        try expectRefusal(["--from_epoch", "7"] + new, .noInput, "there are those of epochs 1, 2")
        try expectRefusal(["--from_epoch", "0"] + new, .usage, "--from_epoch is '0'")
        try expectRefusal(["--from_epoch", "1", "--layers", "4"] + new, .configuration, "space.layers = 4")
        try expectRefusal(["--from_epoch", "1", "--seed", "3"] + new, .configuration, "run.seed = 3")
        try expectRefusal(["--epochs", "9"], .usage, "a run keeps its settings")
        #expect(!FileSystem.exists("\(programs.folder)/new"))
    }
}
