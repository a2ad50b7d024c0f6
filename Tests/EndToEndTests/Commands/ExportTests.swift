import Formats
import Host
import Testing

/// A trained network for other programs, by the commands.
@Suite
struct ExportTests {
    @Test(
        "A retraining is exported to a file, which is replaced whole; logits of one worker and of two are the same file"
    )
    func exported() throws {
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let outcome = try programs.run(
            "snas",
            [
                "retrain", "--genotype", "SNAS_mild", "--init_channels", "4", "--layers", "3", "--batch_size", "40",
                "--shards", "5", "--max_steps", "2", "--run", run, "--workers", "1", "--threads", "1",
            ])
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        let before = try FileSystem.list(run)
        let file = "\(programs.folder)/network.onnx"
        try FileSystem.writeFile(file, [1, 2, 3])
        let exported = try programs.run(
            "snas", ["export", "--run", run, "--to", "ONNX", "--out", file], name: "export")
        #expect(exported.status == .exited(0) && exported.output == "\(file)\n", "\(exported.notes)")
        let fingerprint = try #require(outcome.fingerprint)
        #expect(programs.text("network.onnx").contains(fingerprint))
        #expect(!FileSystem.exists("\(file).tmp"))
        for workers in ["1", "2"] {
            let evaluated = try programs.run(
                "snas",
                [
                    "evaluate", "--run", run, "--logits", "\(programs.folder)/\(workers)", "--workers", workers,
                    "--threads", "1",
                ], name: "evaluate")
            #expect(evaluated.status == .exited(0) && evaluated.output.contains("top-1 = "), "\(evaluated.notes)")
        }
        let one = try FileSystem.readFile("\(programs.folder)/1", limitBytes: 1 << 20)
        #expect(try FileSystem.readFile("\(programs.folder)/2", limitBytes: 1 << 20) == one)
        #expect(try SafetensorsFile.parse(one, source: "1")["logits"]?.shape == [297, 10])
        #expect(try FileSystem.list(run) == before)
    }

    @Test("What export lacks, and a file that cannot be written, are told before anything is read")
    func refusals() throws {
        let programs = try Programs()
        func expect(_ words: [String], _ code: ExitCode, _ part: String, source: SourceLocation = #_sourceLocation)
            throws
        {
            let outcome = try programs.run("snas", words.map { $0.replacing("@", with: programs.folder) })
            #expect(outcome.status == .exited(code.rawValue), "\(outcome.notes)", sourceLocation: source)
            #expect(outcome.notes.contains(part) && outcome.output.isEmpty, "\(outcome.notes)", sourceLocation: source)
        }
        try expect(["export", "--to", "onnx", "--out", "@/f"], .usage, "wants --run with the folder of a retraining")
        try expect(["export", "--run", "@/none", "--out", "@/f"], .usage, "--to onnx")
        try expect(["export", "--run", "@/none", "--to", "torch", "--out", "@/f"], .usage, "it takes onnx")
        try expect(["export", "--run", "@/none", "--to", "onnx", "--out", "@"], .cannotCreate, "is a folder")
        try expect(
            ["export", "--run", "@/none", "--to", "onnx", "--out", "@/a/f"], .cannotCreate, "there is no folder")
        try expect(["export", "--run", "@/none", "--to", "onnx", "--out", "@/f"], .noInput, "no run in")
        try expect(["evaluate", "--run", "@/none", "--logits", "@"], .cannotCreate, "is a folder")
        #expect(!FileSystem.exists("\(programs.folder)/f"))
    }
}
