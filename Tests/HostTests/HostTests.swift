import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite
struct FileSystemTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        try body(folder)
    }

    @Test("An atomic write leaves the new bytes and no temporary file; a name is created once")
    func writes() throws {
        try withFolder { folder in
            try FileSystem.writeAtomically("\(folder)/a", [1, 2, 3])
            try FileSystem.writeAtomically("\(folder)/a", [4])
            #expect(try FileSystem.readFile("\(folder)/a", limitBytes: 10) == [4])
            #expect(try FileSystem.list(folder) == ["a"])
            try FileSystem.appendFile("\(folder)/a", [5, 6])
            #expect(try FileSystem.readFile("\(folder)/a", limitBytes: 10) == [4, 5, 6])
            #expect(try FileSystem.createExclusively("\(folder)/b", [1]))
            #expect(try !FileSystem.createExclusively("\(folder)/b", [2]))
            #expect(try FileSystem.readFile("\(folder)/b", limitBytes: 10) == [1])
        }
    }

    @Test("A file that was written is synced without being opened again, and closed when it goes")
    func written() throws {
        try withFolder { folder in
            /// Of the files below the folder, those this process holds.
            func open() throws -> Int {
                try FileSystem.list("/proc/self/fd").count {
                    var target = [UInt8](repeating: 0, count: 4096)
                    let count = readlink("/proc/self/fd/\($0)", &target, target.count)
                    return String(decoding: target.prefix(max(0, count)), as: UTF8.self).hasPrefix(folder)
                }
            }
            do {
                let file = try FileSystem.writeFile("\(folder)/a", [1, 2])
                #expect(try open() == 1)
                try FileSystem.removeTree("\(folder)/a")
                try file.sync()
            }
            #expect(try open() == 0)
            #expect(throws: SystemError.self) { try FileSystem.appendFile("\(folder)/none/a", [1]) }
        }
    }

    @Test("What others may do with a file is told of the file that is read; folders, pipes and long files are refused")
    func rights() throws {
        try withFolder { folder in
            let file = "\(folder)/own"
            #expect(try FileSystem.createExclusively(file, [1, 2], mode: 0o600))
            let (bytes, rights) = try FileSystem.readWithRights(file, limitBytes: 2)
            #expect(bytes == [1, 2] && rights.mode == "0600" && !rights.canRead && !rights.canWrite)
            for (mode, reads, writes) in [(0o640, true, false), (0o604, true, false), (0o620, false, true)] {
                chmod(file, mode_t(mode))
                let rights = try FileSystem.readWithRights(file, limitBytes: 2).rights
                #expect(rights.canRead == reads && rights.canWrite == writes, "\(rights)")
            }
            #expect(throws: SystemError.self) { try FileSystem.readWithRights(file, limitBytes: 1) }
            #expect(throws: SystemError.self) { try FileSystem.readWithRights(folder, limitBytes: 1) }
            mkfifo("\(folder)/pipe", 0o600)
            #expect(throws: SystemError.self) { try FileSystem.readWithRights("\(folder)/pipe", limitBytes: 1) }
            #expect(try FileSystem.othersRights(folder).mode == "0700")
        }
    }

    @Test("A file over the limit, a missing one and an existing folder are errors with the path and the exit code")
    func errors() throws {
        try withFolder { folder in
            try FileSystem.writeFile("\(folder)/large", [UInt8](repeating: 0, count: 100))
            #expect(throws: (any Error).self) { try FileSystem.readFile("\(folder)/large", limitBytes: 99) }
            do {
                _ = try FileSystem.readFile("\(folder)/missing", limitBytes: 1)
                Issue.record("a missing file was read")
            } catch let error as any UserFacingError {
                #expect(error.exitCode == .noInput && error.sentence.contains("\(folder)/missing"))
            }
            #expect(throws: SystemError.self) { try FileSystem.createDirectory(folder, exclusive: true) }
            try FileSystem.createDirectory("\(folder)/x/y/z")
            #expect(FileSystem.isDirectory("\(folder)/x/y/z"))
            try FileSystem.removeTree("\(folder)/x")
            #expect(!FileSystem.exists("\(folder)/x"))
        }
    }
}

@Suite
struct FlagsTests {
    private let groups = [
        FlagGroup("a step", [.value("batch_size", "N", "images"), .repeated("set", "KEY=VALUE", "a setting")]),
        FlagGroup("for programs", [.toggle("quiet", "says nothing")], isHidden: true),
    ]

    @Test("Underscores, hyphens and '=' are the same flag; repeated ones keep their order")
    func forms() throws {
        let flags = try CommandLineFlags(
            parsing: ["--batch-size=8", "run", "--quiet", "--set", "a=1", "--set=b=2"], of: groups)
        #expect(flags.values == ["batch_size": "8"])
        #expect(flags.toggles == ["quiet"])
        #expect(flags.repeated["set"] == ["a=1", "b=2"])
        #expect(flags.positional == ["run"])
    }

    @Test(
        "What is unknown, given twice or lacks its value is refused",
        arguments: [
            (["--batchsize", "8"], "did you mean 'batch_size'"), (["--batch_size"], "wants a value"),
            (["--batch_size", "1", "--batch_size", "2"], "twice"), (["--quiet=1"], "takes no value"), (["-q"], "-q"),
        ])
    func refused(words: [String], part: String) {
        do {
            _ = try CommandLineFlags(parsing: words, of: groups)
            Issue.record("\(words) was taken")
        } catch {
            let sentence = (error as? any UserFacingError)?.sentence ?? ""
            #expect(sentence.contains(part), "\(sentence)")
            #expect((error as? any UserFacingError)?.exitCode == .usage)
        }
    }

    @Test("A hint is given only where a name is near")
    func hints() {
        #expect(NearestName.suggestion(for: "layer", among: ["nodes", "layers"]) == "layers")
        #expect(NearestName.suggestion(for: "temperature_of_it", among: ["nodes", "layers"]) == nil)
        #expect(NearestName.hint(for: "zzzzzzzz", among: []) == "")
    }
}

@Suite
struct ProcessesTests {
    @Test("A child's exit code and the signal that ended it are told apart; its output lands in its file")
    func children() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let talker = try ChildProcess("/bin/sh", ["-c", "echo out; exit 7"], outputPath: "\(folder)/out")
        #expect(talker.wait() == .exited(7))
        #expect(try FileSystem.readFile("\(folder)/out", limitBytes: 100) == Array("out\n".utf8))
        let sleeper = try ChildProcess("/bin/sleep", ["100"], outputPath: "/dev/null")
        #expect(sleeper.poll() == nil)
        sleeper.send(signal: 9)
        #expect(sleeper.wait() == .signalled(9))
        #expect(throws: (any Error).self) { try ChildProcess("/nowhere/program", [], outputPath: "/dev/null") }
    }

    @Test("A queue hands each item to one of several threads, and closing it lets them go")
    func queue() throws {
        let work = WorkQueue<Int>()
        let done = WorkQueue<Int>()
        let threads = try (0..<4).map { number in
            try NativeThread(name: "taker \(number)") { while let item = work.next() { done.append([item]) } }
        }
        work.append(Array(0..<1000))
        var taken: [Int] = []
        while taken.count < 1000 { taken += done.takeAll() }
        work.close()
        for thread in threads { thread.join() }
        #expect(taken.sorted() == Array(0..<1000))
    }

    @Test("A timestamp is RFC 3339 in UTC with milliseconds, and the monotonic clock does not go back")
    func clocks() {
        let text = Array(Clock.timestamp())
        #expect(text.count == 24 && text[10] == "T" && text[19] == "." && text[23] == "Z")
        let first = Clock.monotonic()
        #expect(Clock.monotonic() >= first)
    }
}
