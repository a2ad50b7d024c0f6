import Host
import Testing

/// Each mistake gives one sentence with the evidence, the right exit code, and leaves no run directory behind.
@Suite
struct BadInputTests {
    private func expectRefusal(
        _ words: [String], code: ExitCode, saying parts: String..., program: String = "snas",
        sourceLocation: SourceLocation = #_sourceLocation, prepare: (String) throws -> Void = { _ in }
    ) throws {
        let programs = try Programs()
        try prepare(programs.folder)
        let filled = words.map {
            $0.split(separator: "@", omittingEmptySubsequences: false).joined(separator: programs.folder)
        }
        let own = program == "snas" && filled.first != "resume" ? ["--run", "\(programs.folder)/run"] : []
        let outcome = try programs.run(program, filled + own)
        #expect(outcome.status == .exited(code.rawValue), "\(outcome.notes)", sourceLocation: sourceLocation)
        for part in parts {
            #expect(outcome.notes.contains(part), "'\(part)' in: \(outcome.notes)", sourceLocation: sourceLocation)
        }
        #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
        #expect(!FileSystem.exists("\(programs.folder)/run"), sourceLocation: sourceLocation)
    }

    @Test("A missing folder, an empty one and a truncated or mislabelled file are named")
    func data() throws {
        try expectRefusal(["local", "--data", "@/nowhere"], code: .noInput, saying: "nowhere", "no data set")
        try expectRefusal(["local", "--data", "@"], code: .noInput, saying: "no known data set", "CIFAR-10")
        let record = [UInt8](repeating: 3, count: 3073)
        try expectRefusal(["local", "--data", "@"], code: .noInput, saying: "data_batch_2.bin is missing") {
            try FileSystem.writeFile("\($0)/data_batch_1.bin", record)
        }
        try expectRefusal(["local", "--data", "@"], code: .data, saying: "3072 bytes", "records of 3073") {
            try FileSystem.writeFile("\($0)/data_batch_1.bin", Array(record.dropLast()))
        }
        try expectRefusal(["local", "--data", "@"], code: .data, saying: "record 1 has label 10") {
            try FileSystem.writeFile("\($0)/data_batch_1.bin", record + [10] + record.dropFirst())
        }
    }

    @Test("IDX images that NAS-Bench-201's blocks cannot halve, and counts that differ, are named")
    func idx() throws {
        let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 0, 1]
        func images(_ count: UInt8, side: UInt8) -> [UInt8] {
            [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, side, 0, 0, 0, side]
                + [UInt8](repeating: 7, count: Int(count) * Int(side) * Int(side))
        }
        try expectRefusal(
            ["local", "--data", "@", "--space", "nas_bench_201"], code: .data, saying: "6 x 6 pixels", "divisible by 4"
        ) {
            try FileSystem.writeFile("\($0)/train-images-idx3-ubyte", images(2, side: 6))
            try FileSystem.writeFile("\($0)/train-labels-idx1-ubyte", labels)
        }
        try expectRefusal(["local", "--data", "@"], code: .data, saying: "3 images", "2 labels") {
            try FileSystem.writeFile("\($0)/train-images-idx3-ubyte", images(3, side: 8))
            try FileSystem.writeFile("\($0)/train-labels-idx1-ubyte", labels)
        }
        try expectRefusal(["local", "--data", "@"], code: .data, saying: "header promises") {
            try FileSystem.writeFile("\($0)/train-images-idx3-ubyte", Array(images(2, side: 8).dropLast(5)))
            try FileSystem.writeFile("\($0)/train-labels-idx1-ubyte", labels)
        }
        let cutGzip: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x63, 0x60]
        try expectRefusal(
            ["local", "--data", "@"], code: .data, saying: "images-idx3-ubyte.gz", "truncated or damaged"
        ) {
            try FileSystem.writeFile("\($0)/train-images-idx3-ubyte.gz", cutGzip)
            try FileSystem.writeFile("\($0)/train-labels-idx1-ubyte", labels)
        }
    }

    @Test("Unknown flags, keys and values out of range are refused with the nearest name or what is possible")
    func settings() throws {
        try expectRefusal(
            ["local", "--batchsize", "8"], code: .usage, saying: "--batchsize", "did you mean 'batch_size'")
        try expectRefusal(["local", "--set", "space.layer=5"], code: .usage, saying: "did you mean 'space.layers'")
        try expectRefusal(["local", "--temp", "0"], code: .usage, saying: "--temp is '0'", "1e-06")
        try expectRefusal(
            ["local", "--workers", "1", "--min_workers", "2"], code: .configuration,
            saying: "min_workers 2 is more than --workers 1, and no others can join here")
        try expectRefusal(
            ["local", "--batch_size", "10", "--shards", "3"], code: .configuration,
            saying: "10 is not divisible by shards 3")
        try expectRefusal(
            ["local", "--batch_size", "8", "--shards", "16"], code: .configuration,
            saying: "shards 16 is more than the 8 images")
        try expectRefusal(
            ["local", "--batch_size", "4096", "--shards", "8"], code: .configuration, saying: "batch_size 4096",
            "images")
        try expectRefusal(["local", "--kernels", "sse"], code: .usage, saying: "--kernels is 'sse'", "avx512")
        try expectRefusal(["lokal"], code: .usage, saying: "did you mean 'local'")
        try expectRefusal(
            ["local", "--config", "@/c.yaml"], code: .configuration, saying: "line 2, column 3", "epochs"
        ) {
            try FileSystem.writeFile("\($0)/c.yaml", Array("training:\n  epohcs: 3\n".utf8))
        }
    }

    @Test("A bench of a search that its flags do not allow is refused as the search is")
    func benches() throws {
        let programs = try Programs()
        let outcome = try programs.run(
            "snas", ["bench", "step", "--search", "enas", "--level", "single"], name: "bench")
        #expect(outcome.status == .exited(ExitCode.configuration.rawValue), "\(outcome.notes)")
        #expect(outcome.notes.contains("it has no single level"), "\(outcome.notes)")
    }

    @Test("Budgets that cannot be met, and several at once, are refused with what is possible")
    func budgets() throws {
        try expectRefusal(
            ["local", "--target_params", "500k"], code: .configuration,
            saying: "target_params 500000 is below the smallest",
            "1368190 (every edge none) to", "parameters")
        try expectRefusal(
            ["local", "--target_params", "80M"], code: .configuration, saying: "80000000 is above the largest",
            "7972606")
        try expectRefusal(
            ["local", "--target_params", "2.8M", "--target_flops", "20M"], code: .configuration,
            saying: "target_params 2800000 and target_flops 20000000")
        try expectRefusal(
            ["local", "--target_params", "2.8M", "--constraint", "mild"], code: .configuration,
            saying: "constraint mild")
        try expectRefusal(
            ["local", "--target_params", "much"], code: .usage, saying: "--target_params is 'much'", "2.8M")
        try expectRefusal(
            ["local", "--constraint", "wild"], code: .usage, saying: "'wild'", "none, mild, moderate, aggressive")
        try expectRefusal(
            ["local", "--resource", "energy"], code: .usage, saying: "'energy'", "flops, memory, latency, mixed")
        try expectRefusal(
            ["local", "--resource", "latency"], code: .configuration, saying: "snas measure latency",
            "--latency_table F.json")
        try expectRefusal(
            ["local", "--target_params", "2.8M", "--derive", "best_of_4"], code: .configuration,
            saying: "--derive best_of_4 draws cells of any size")
        try expectRefusal(["local", "--target_parms", "2M"], code: .usage, saying: "did you mean 'target_params'")
        try expectRefusal(["local", "--resource_lambda", "1"], code: .configuration, saying: "--resource parameters")
    }

    @Test("A run directory that exists, a port in use, and an open port without keys are refused")
    func places() throws {
        let programs = try Programs()
        let taken = try programs.run("snas", ["local", "--run", programs.folder])
        #expect(taken.status == .exited(ExitCode.cannotCreate.rawValue))
        #expect(taken.notes.contains("exists and is no run (it holds run.err"), "\(taken.notes)")
        let first = try programs.start(
            "snas", ["coordinator", "--bind", "tcp://127.0.0.1:*", "--run", "\(programs.folder)/a"], name: "first")
        let endpoint = "tcp://127.0.0.1:\(try programs.port(in: "first.err"))"
        let second = try programs.run(
            "snas", ["coordinator", "--bind", endpoint, "--run", "\(programs.folder)/b"], name: "second")
        first.send(signal: 15)
        _ = first.wait()
        #expect(second.status == .exited(ExitCode.cannotCreate.rawValue), "\(second.notes)")
        #expect(second.notes.contains(endpoint) && second.notes.contains("in use"))
        #expect(!FileSystem.exists("\(programs.folder)/b"))
        try expectRefusal(
            ["coordinator", "--bind", "tcp://0.0.0.0:5592"], code: .noPermission, saying: "--insecure")
        try expectRefusal(["resume", "@"], code: .noInput, saying: "no run in")
    }

    @Test("A worker that finds no coordinator says where it looked and for how long")
    func unreachable() throws {
        let programs = try Programs()
        let outcome = try programs.run(
            "snas-worker", ["--connect", "ipc://\(programs.folder)/nobody", "--connect_timeout_s", "0.5"])
        #expect(outcome.status == .exited(ExitCode.unavailable.rawValue))
        #expect(outcome.notes.contains("nobody") && outcome.notes.contains("0.5 s"))
    }

    @Test("A worker refuses to dial for less than a tenth of a second, for more than a day, and for what is no number")
    func connectLimit() throws {
        for text in ["0.09", "0", "-1", "86401", "nan", "inf", "soon"] {
            try expectRefusal(
                ["--connect", "ipc://@/nobody", "--connect_timeout_s", text], code: .usage,
                saying: "--connect_timeout_s is '\(text)'", "0.1 to 86400", program: "snas-worker")
        }
    }

    @Test("A tunnel whose far end is down and a host without an address are told as what they are, with 69")
    func tunnel() throws {
        let programs = try Programs()
        // Nobody listens at port 1: the relay accepts, and closes when it cannot go on.
        let tunnel = try ChaosProxy(to: 1, seed: 1)
        let endpoint = "tcp://127.0.0.1:\(tunnel.port)"
        let worker = try programs.run("snas-worker", ["--connect", endpoint, "--connect_timeout_s", "6"])
        #expect(worker.status == .exited(ExitCode.unavailable.rawValue), "\(worker.notes)")
        #expect(
            worker.notes.contains("\(endpoint) accepts connections and closes them without a word"), "\(worker.notes)")
        let status = try programs.run("snas", ["status", endpoint])
        #expect(status.status == .exited(ExitCode.unavailable.rawValue), "\(status.notes)")

        // RFC 2606 keeps this name without an address for ever.
        let nowhere = ["tcp://nowhere.invalid:5577", "--insecure"]
        let lost = try programs.run("snas-worker", ["--connect"] + nowhere + ["--connect_timeout_s", "0.5"])
        #expect(lost.status == .exited(ExitCode.unavailable.rawValue), "\(lost.notes)")
        #expect(lost.notes.contains("warning: the host 'nowhere.invalid' has no address"), "\(lost.notes)")
        let asked = try programs.run("snas", ["status"] + nowhere)
        #expect(asked.status == .exited(ExitCode.unavailable.rawValue), "\(asked.notes)")
        #expect(asked.notes.contains("the host 'nowhere.invalid' has no address"), "\(asked.notes)")
    }
}
