import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The promise, with real processes: the result depends on configuration, data and seed alone.
@Suite(.serialized)
struct SameBitsTests {
    /// Three cells of four channels, five shards of eight images.
    private static let cells = [
        "--init_channels", "4", "--layers", "3", "--batch_size", "40", "--shards", "5",
    ]

    private func fingerprint(
        _ name: String, workers: Int, threads: Int, seed: Int = 2, under wrapper: [String] = []
    ) throws -> String {
        let programs = try Programs()
        let words =
            ["local", "--workers", "\(workers)", "--threads", "\(threads)", "--run", "\(programs.folder)/run"]
            + Programs.small(seed: seed)
        let outcome = try programs.run("snas", words, under: wrapper)
        #expect(outcome.status == .exited(0), "\(name): \(outcome.notes)")
        return try #require(outcome.fingerprint, "\(name): \(outcome.notes)")
    }

    @Test("One, two and three workers, one and two threads, one core: the same fingerprint; another seed: another")
    func workersAndThreads() throws {
        let reference = try fingerprint("one worker", workers: 1, threads: 1)
        #expect(reference.count == 64)
        #expect(try fingerprint("two threads", workers: 1, threads: 2) == reference)
        #expect(try fingerprint("two workers", workers: 2, threads: 1) == reference)
        #expect(try fingerprint("three workers", workers: 3, threads: 2) == reference)
        #expect(try fingerprint("one core", workers: 1, threads: 2, under: ["taskset", "-c", "0"]) == reference)
        #expect(try fingerprint("another seed", workers: 2, threads: 1, seed: 3) != reference)
    }

    /// Two nodes in normal cells, one in reductions, and an edge that is not there.
    private static let ownGraphs =
        "own:graphs:reductions:2/1+last_node:sep_conv_3x3+none/skip_connect/none/max_pool_3x3+dil_conv_3x3/skip_connect+none:"
        + "skip_connect+sep_conv_3x3"

    @Test(
        "Another space, through the kernels or through operators: the same bits by one worker and by two, resumed between",
        arguments: [
            ["--space", "s1"], ["--search", "gdas", "--train_portion", "0.4", "--nodes", "2"],
            ["--space", "s4", "--nodes", "2"],
            ["--space", "nas_bench_201", "--search", "darts", "--train_portion", "0.4"],
            ["--operations", "none,skip_connect,dil_conv_3x3", "--nodes", "2", "--layers", "1"],
            ["--auxiliary_skip", "true", "--nodes", "1"],
            ["--operations", "nor_conv_3x3,sep_conv_7x7", "--nodes", "1", "--init_channels", "5"],
            ["--space", ownGraphs, "--nodes", "2"],
        ])
    func spaces(flags: [String]) throws {
        var words = flags
        let small = Programs.small(steps: 12)
        for place in stride(from: 0, to: small.count, by: 2) where !flags.contains(small[place]) {
            words += small[place...place + 1]
        }
        let whole = try Programs()
        let reference = try whole.run(
            "snas", ["local", "--workers", "1", "--threads", "2", "--run", "\(whole.folder)/run"] + words)
        #expect(reference.status == .exited(0), "\(reference.notes)")
        let note = "the kernels do not have noise:"
        #expect(reference.notes.contains(note) == flags.contains("s4"), "\(reference.notes)")
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let stopped = try programs.start(
            "snas", ["local", "--workers", "2", "--threads", "1", "--run", run] + words, name: "stopped")
        #expect(programs.wait(for: "\"step\"", lines: 2, in: "run/metrics.jsonl"))
        stopped.send(signal: SIGTERM)
        let early = programs.finish(stopped, name: "stopped")
        #expect(early.status == .exited(ExitCode.temporary.rawValue), "\(early.notes)")
        let resumed = try programs.run("snas", ["resume", run, "--workers", "1", "--threads", "1"], name: "resumed")
        #expect(resumed.status == .exited(0), "\(resumed.notes)")
        #expect(resumed.fingerprint != nil && resumed.fingerprint == reference.fingerprint, "\(flags)")
    }

    @Test("A worker killed in mid-run, one that joins late and processes started by hand change no bit")
    func killedWorker() throws {
        let reference = try fingerprint("reference", workers: 1, threads: 2)
        let programs = try Programs()
        let endpoint = "ipc://\(programs.folder)/socket"
        let coordinator = try programs.start(
            "snas", ["coordinator", "--bind", endpoint, "--run", "\(programs.folder)/run"] + Programs.small(),
            name: "coordinator")
        let words = ["--connect", endpoint, "--threads", "1"]
        let first = try programs.start("snas-worker", words, name: "first")
        #expect(programs.wait(for: "\"step\"", lines: 1, in: "run/metrics.jsonl"))
        first.send(signal: SIGKILL)
        #expect(first.wait() == .signalled(SIGKILL))
        #expect(programs.wait(for: "is lost", lines: 1, in: "coordinator.err"), "the loss is noticed")
        #expect(programs.wait(for: "waiting for workers", lines: 2, in: "coordinator.err"), "and it says that it waits")
        let late = try programs.start("snas-worker", words, name: "late")
        let outcome = programs.finish(coordinator, name: "coordinator")
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.fingerprint == reference, "\(outcome.notes)")
        #expect(late.wait() == .exited(0), "\(programs.text("late.err"))")
    }

    @Test("A run that was stopped goes on to the same bits")
    func resumed() throws {
        let reference = try fingerprint("reference", workers: 1, threads: 2)
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let words = ["local", "--workers", "1", "--threads", "1", "--run", run] + Programs.small()
        let stopped = try programs.start("snas", words, name: "stopped")
        #expect(programs.wait(for: "\"step\"", lines: 2, in: "run/metrics.jsonl"))
        stopped.send(signal: SIGTERM)
        let early = programs.finish(stopped, name: "stopped")
        #expect(early.status == .exited(ExitCode.temporary.rawValue), "\(early.notes)")
        #expect(early.fingerprint == nil)
        let outcome = try programs.run("snas", ["resume", run, "--workers", "2", "--threads", "1"], name: "resumed")
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.fingerprint == reference, "\(outcome.notes)")
        #expect(try FileSystem.list("\(run)/generations").count == 2)
        let steps = programs.text("run/metrics.jsonl").split(separator: "\n").filter {
            $0.contains("\"kind\":\"step\"")
        }
        #expect(steps.count == 4, "each step has one line, whatever was computed twice")
    }

    @Test(
        "A run that is killed again and again, in evaluations too, tells every epoch once, with the quiet run's numbers"
    )
    func killedOften() throws {
        func epochs(_ programs: Programs) -> [Substring] {
            programs.text("run/metrics.jsonl").split(separator: "\n").filter { $0.contains("\"kind\":\"epoch\"") }
        }
        // Three epochs of four steps; evaluations take most of the time.
        let settings =
            Self.cells + [
                "--epochs", "3",
                "--train_portion", "0.11", "--recalibration_images", "160", "--arch_learning_rate", "0.05",
                "--keep_epochs",
                "1",
            ]
        let quiet = try Programs()
        let reference = try quiet.run(
            "snas", ["local", "--workers", "1", "--threads", "2", "--run", "\(quiet.folder)/run"] + settings)
        #expect(reference.status == .exited(0), "\(reference.notes)")
        #expect(epochs(quiet).count == 3)
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let words = ["--workers", "1", "--threads", "2"]
        var command = ["local", "--run", run, "--checkpoint_interval_s", "0"] + words + settings
        for kill in 0..<8 {
            let child = try programs.start("snas", command, name: "killed \(kill)")
            #expect(programs.wait(for: "is ready", lines: kill + 1, in: "run/log.txt"))
            if kill == 5 { #expect(programs.wait(for: "\"kind\":\"epoch\"", lines: 1, in: "run/metrics.jsonl")) }
            usleep(UInt32(20_000 + 90_000 * (kill % 4)))
            child.send(signal: SIGKILL)
            _ = child.wait()
            command = ["resume", run] + words
            guard kill == 5 else { continue }
            // Without its checkpoints the run begins again, and what it has told already it tells anew.
            try FileSystem.removeTree("\(run)/checkpoints")
            try FileSystem.createDirectory("\(run)/checkpoints")
        }
        let outcome = try programs.run("snas", command, name: "resumed")
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.fingerprint != nil && outcome.fingerprint == reference.fingerprint)
        #expect(epochs(programs) == epochs(quiet))
        let kept = { (folder: String) in
            try FileSystem.list("\(folder)/run/checkpoints").filter { $0.contains("epoch") }
        }
        #expect(try kept(programs.folder).last == kept(quiet.folder).last)
    }

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

    @Test("A run whose coordinator was killed goes on to the same bits")
    func killedCoordinator() throws {
        let reference = try fingerprint("reference", workers: 1, threads: 2)
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let words = ["local", "--workers", "1", "--threads", "1", "--run", run] + Programs.small()
        let killed = try programs.start(
            "snas", words + ["--checkpoint_interval_s", "0"], name: "killed")
        #expect(programs.wait(for: "\"step\"", lines: 3, in: "run/metrics.jsonl"))
        killed.send(signal: SIGKILL)
        _ = killed.wait()
        let outcome = try programs.run("snas", ["resume", run], name: "resumed")
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.fingerprint == reference, "\(outcome.notes)")
    }
}
