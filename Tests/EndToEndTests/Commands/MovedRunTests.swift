import Host
import Testing

/// A run goes on wherever it and its data set lie by then.
@Suite
struct MovedRunTests {
    /// Forty images of 8 x 8 in each of two classes, as MNIST's files.
    private static func makeImages(in folder: String) throws {
        try FileSystem.createDirectory(folder)
        let count = 80
        let pixels = (0..<count * 64).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ ($0 / 64 % 2) * 90) }
        func head(_ magic: UInt8, _ numbers: [Int]) -> [UInt8] {
            [0, 0, 8, magic] + numbers.flatMap { [0, 0, UInt8($0 >> 8), UInt8($0 & 255)] }
        }
        try FileSystem.writeFile("\(folder)/train-images-idx3-ubyte", head(3, [count, 8, 8]) + pixels)
        try FileSystem.writeFile(
            "\(folder)/train-labels-idx1-ubyte", head(1, [count]) + (0..<count).map { UInt8($0 % 2) })
    }

    /// The program in a folder of its own, by a shell that goes there first.
    private static func run(_ programs: Programs, in folder: String, _ words: [String]) throws -> Programs.Outcome {
        try programs.run(
            "snas", words, under: ["/bin/sh", "-c", "cd \(ShellWord.quoted(folder)) && exec \"$@\"", "sh"])
    }

    @Test(
        "Begun with a relative path, resumed from elsewhere after run and data have moved: the bits of a run that stayed"
    )
    func moved() throws {
        let programs = try Programs()
        let (home, away) = ("\(programs.folder)/a home", "\(programs.folder)/away")
        for folder in [home, away] { try FileSystem.createDirectory(folder) }
        let settings = [
            "--init_channels", "4", "--layers", "3", "--batch_size", "16", "--shards", "2", "--epochs", "2",
            "--train_portion", "0.8", "--nodes", "1",
        ]
        try Self.makeImages(in: "\(home)/images")
        let begin = ["local", "--workers", "1", "--data", "images"] + settings
        let whole = try Self.run(programs, in: home, begin + ["--run", "whole"])
        #expect(whole.status == .exited(0), "\(whole.notes)")
        // Stopped after the first epoch, by a branch that goes on from there.
        try FileSystem.rename("\(home)/whole", to: "\(away)/run")
        let branch = ["resume", "run", "--from_epoch", "1", "--run", "branch", "--workers", "1"]
        let here = try Self.run(programs, in: away, branch)
        #expect(here.fingerprint == whole.fingerprint && whole.fingerprint != nil, "\(here.notes)")
        try FileSystem.rename("\(home)/images", to: "\(away)/images\nmoved")
        try FileSystem.removeTree("\(away)/branch")
        let lost = try Self.run(programs, in: away, branch)
        #expect(lost.status == .exited(ExitCode.noInput.rawValue), "\(lost.notes)")
        #expect(lost.notes.contains("say with --data where it is now") && !FileSystem.exists("\(away)/branch"))
        let found = try Self.run(programs, in: away, branch + ["--data", "images\nmoved"])
        #expect(found.fingerprint == whole.fingerprint, "\(found.notes)")
        let digits = try Self.run(programs, in: away, ["resume", "run", "--data", "digits", "--workers", "1"])
        #expect(digits.status == .exited(ExitCode.data.rawValue) && digits.notes.contains("the run began with"))
        let again = try Self.run(programs, in: "/", ["resume", "\(away)/branch", "--workers", "1"])
        #expect(again.fingerprint == whole.fingerprint, "\(again.notes)")
        // Of a run that is over its results are wanted: nothing else of it has to be there.
        try FileSystem.removeTree("\(away)/images\nmoved")
        for name in ["checkpoints", "generations", "lease.json"] { try FileSystem.removeTree("\(away)/branch/\(name)") }
        let before = try FileSystem.list("\(away)/branch")
        let told = try Self.run(programs, in: away, ["resume", "branch"])
        #expect(told.output == again.output && told.status == .exited(0), "\(told.notes)")
        #expect(try FileSystem.list("\(away)/branch") == before, "it is only read")
    }

    @Test("A branch that cannot begin leaves no folder, whatever it fails at")
    func nothingLeft() throws {
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        #expect(
            try programs.run("snas", ["local", "--workers", "1", "--run", run] + Programs.small()).status == .exited(0))
        let branch = ["resume", run, "--from_epoch", "1", "--run", "\(run)-2"]
        for (words, code) in [
            (["--batch_size", "20"], ExitCode.configuration), (["--data", "/nowhere"], .noInput),
            (["--bind", "ipc:///nowhere/socket"], .cannotCreate), (["--train_portion", "0.5"], .configuration),
        ] as [([String], ExitCode)] {
            let outcome = try programs.run("snas", branch + words)
            #expect(outcome.status == .exited(code.rawValue) && !FileSystem.exists("\(run)-2"), "\(outcome.notes)")
        }
        let jump = try programs.run("snas", branch + ["--temp", "0.5", "--workers", "1"])
        #expect(jump.status == .exited(0), "\(jump.notes)")
        #expect(jump.notes.contains("note: at step 4 the temperature goes from 1.0 to 0.5\n"), "\(jump.notes)")
        #expect(programs.text("run-2/log.txt").contains("the temperature goes from 1.0 to 0.5"))
        try FileSystem.removeTree("\(run)-2")
        // Found out last, when the folder is made: the run's coordinator was another kind of machine.
        let kind = "\(run)/coordinator_kind.json"
        let said = programs.text("run/coordinator_kind.json")
        try FileSystem.writeFile(kind, Array(said.replacing("\"math_table\": \"", with: "\"math_table\": \"00").utf8))
        let outcome = try programs.run("snas", branch)
        #expect(outcome.status != .exited(0) && !FileSystem.exists("\(run)-2"), "\(outcome.notes)")
    }
}
