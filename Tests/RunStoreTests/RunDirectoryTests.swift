import Host
import RunStore
import SearchProtocol
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Who has a run's folder, and what its checkpoints are.
@Suite
struct RunDirectoryTests {
    @Test("A new folder has a generation, an identity that stays, and is made by one coordinator alone")
    func creation() throws {
        let folder = try RunFolder()
        let made = try RunDirectory.create(folder.path)
        #expect(try made.isSuperseded == false)
        #expect(made.generation == 1 && !made.isFinished)
        #expect(try RunDirectory.toRead(folder.path).identity == made.identity)
        #expect(try RunDirectory.toRead(folder.path).generation == 0)
    }

    @Test("While a coordinator holds the folder nobody else opens it; the next one has the next generation")
    func generations() throws {
        let folder = try RunFolder()
        var held: RunDirectory? = try RunDirectory.create(folder.path)
        #expect { try RunDirectory.open(folder.path) { _ in }.directory } throws: {
            $0.userSentence.contains("is taken: its coordinator")
        }
        held?.lease?.release()
        #expect { try RunDirectory.open(folder.path) { _ in }.directory } throws: {
            $0.userSentence.contains("is being taken by another")
        }
        let before = held
        held = nil
        _ = before
        try FileSystem.removeTree("\(folder.path)/lease.json")
        try folder.write("generations/\(UInt64.max)", "")
        let next = try RunDirectory.open(folder.path) { _ in }.directory
        #expect(next.generation == 2)
        #expect(try before?.isSuperseded == true)
        #expect(try before?.lease?.renew(generation: 1) == 2)
        #expect(try next.lease?.renew(generation: 2) == nil)
    }

    @Test("A folder without an identity is no run, and a damaged one is told by its file")
    func noRun() throws {
        let folder = try RunFolder()
        #expect { try RunDirectory.toRead(folder.path) } throws: { $0.userSentence.contains("no run in") }
        _ = try RunDirectory.create(folder.path)
        try folder.write("identity", "somebody\n")
        #expect { try RunDirectory.toRead(folder.path) } throws: {
            $0.userSentence.contains("identity does not hold a run's identity: 'somebody")
        }
    }

    @Test("The format's number is in the folder; older ones are read, a newer program's is refused in one sentence")
    func format() throws {
        let folder = try RunFolder()
        _ = try RunDirectory.create(folder.path)
        #expect(folder.text("format") == "4\n")
        #expect(try RunFormat.read(of: folder.path) == RunFormat.current)
        try FileSystem.removeTree("\(folder.path)/format")
        #expect(try RunFormat.read(of: folder.path) == 1)
        _ = try RunDirectory.toRead(folder.path)
        for (text, sentence) in [
            ("5\n", "has format 5, which a newer snas wrote; this one reads formats up to 4"),
            ("two", "does not hold a format's number: 'two'"), ("0", "does not hold a format's number: '0'"),
        ] {
            try folder.write("format", text)
            #expect { try RunDirectory.toRead(folder.path) } throws: { $0.userSentence.contains(sentence) }
        }
    }

    @Test("What is refused before a run goes on leaves its folder as it was; else the next generation has it")
    func checked() throws {
        struct Refusal: Error {}
        let folder = try RunFolder()
        var made: RunDirectory? = try RunDirectory.create(folder.path)
        try FileSystem.removeTree("\(folder.path)/format")
        #expect(made?.generation == 1)
        made = nil
        try FileSystem.removeTree("\(folder.path)/lease.json")
        #expect(throws: Refusal.self) { try RunDirectory.open(folder.path) { _ in throw Refusal() } }
        #expect(try FileSystem.list("\(folder.path)/generations").count == 1)
        #expect(try !FileSystem.isThere("\(folder.path)/format"))
        try FileSystem.removeTree("\(folder.path)/lease.json")
        let opened = try RunDirectory.open(folder.path) { $0.generation }
        #expect(opened.checked == 0 && opened.directory.generation == 2)
    }

    // MARK: Where a run may be made

    @Test("An empty folder is a fine place, with lost+found too, and stays when the run is discarded")
    func mounted() throws {
        let folder = try RunFolder()
        for others in [[], ["lost+found"]] {
            try FileSystem.createDirectory(folder.path)
            for name in others { try FileSystem.createDirectory("\(folder.path)/\(name)") }
            let made = try RunDirectory.create(folder.path)
            #expect(RunDirectory.isThere(folder.path))
            made.discard()
            #expect(try FileSystem.list(folder.path) == others)
            try FileSystem.removeTree(folder.path)
        }
        try RunDirectory.create(folder.path).discard()
        #expect(!FileSystem.exists(folder.path))
    }

    @Test("What a crash left of a run that was being made is taken over; a run that has begun is not")
    func unrecorded() throws {
        let folder = try RunFolder()
        var made: RunDirectory? = try RunDirectory.create(folder.path)
        let before = made?.identity
        #expect(made.map { !RunRecord.isThere(in: $0) } == true)
        // Its process is gone, and the kernel has freed its lock.
        made = nil
        try folder.write("configuration.yaml.tmp", "half a")
        made = try RunDirectory.create(folder.path)
        #expect(made?.generation == 1 && made?.identity != before && !folder.exists("configuration.yaml.tmp"))
        made = nil
        try folder.write("journal.jsonl", "{}\n")
        #expect { try RunDirectory.create(folder.path) } throws: {
            $0.userSentence.contains("exists; choose another, or")
        }
    }

    @Test("A name that is too long for the system is no place for a run, as everything that cannot be made")
    func longNames() throws {
        let folder = try RunFolder()
        let above = FileSystem.parent(of: folder.path)
        let long = "\(above)/\(String(repeating: "x", count: 300))"
        let error = #expect(throws: SystemError.self) { try RunDirectory.create(long) }
        #expect(error?.exitCode == .cannotCreate && error?.sentence.hasSuffix("File name too long") == true)
        #expect(try FileSystem.list(above).isEmpty)
    }

    @Test("A run that was copied without its empty folders has no checkpoints, and keeps them again once it is opened")
    func copied() throws {
        let folder = try RunFolder()
        var made: RunDirectory? = try RunDirectory.create(folder.path)
        #expect(made != nil)
        made = nil
        try FileSystem.removeTree("\(folder.path)/checkpoints")
        #expect(try RunDirectory.toRead(folder.path).checkpoints().isEmpty)
        let opened = try RunDirectory.open(folder.path) { _ in }.directory
        try opened.removeUnfinishedCheckpoints()
        #expect(try FileSystem.list("\(folder.path)/checkpoints").isEmpty)
    }

    @Test("While one process makes a run nobody else of this machine takes the place")
    func race() throws {
        let folder = try RunFolder()
        let held = try RunDirectory.create(folder.path)
        #expect { try RunDirectory.create(folder.path) } throws: {
            $0.userSentence.contains("is taken: its coordinator")
        }
        #expect(try RunDirectory.toRead(folder.path).identity == held.identity)
    }

    @Test("A file, a dangling link and a folder with other things are each refused with their own sentence, and stay")
    func otherPlaces() throws {
        let folder = try RunFolder()
        let path = folder.path
        func refuses(_ sentence: String) {
            #expect { try RunDirectory.create(path) } throws: {
                $0.userSentence.contains(sentence) && ($0 as? any UserFacingError)?.exitCode == .cannotCreate
            }
        }
        try FileSystem.writeFile(path, [])
        refuses("is a file; a run needs a folder of its own")
        #expect { try RunDirectory.create("\(path)/a/b") } throws: {
            $0.userSentence.contains("'\(path)' is a file, so no folder '\(path)/a/b' can be made below it")
        }
        try FileSystem.removeTree(path)
        #expect(symlink("/nowhere/at/all", path) == 0)
        refuses("is a link to '/nowhere/at/all', which is not there")
        #expect { try RunDirectory.toRead(path) } throws: { $0.userSentence.contains("is a link to '/nowhere/at/all'") }
        try FileSystem.removeTree(path)
        try FileSystem.createDirectory(path)
        for name in ["a", "b", "c", "thesis.tex"] { try folder.write(name, "") }
        refuses("exists and is no run (it holds a, b, c, ...)")
        #expect(try FileSystem.list(path) == ["a", "b", "c", "thesis.tex"])
        // Another program's folder may have names in it that a run's has.
        try FileSystem.removeTree(path)
        try FileSystem.createDirectory("\(path)/checkpoints/epoch-90")
        refuses("exists and is no run (it holds checkpoints)")
        try folder.write("lease.json", "")
        refuses("exists and is no run (it holds checkpoints, lease.json)")
        #expect(folder.exists("checkpoints/epoch-90"))
    }

    // MARK: Checkpoints

    @Test("Checkpoints' names sort by age, an epoch's after the clock's of the same step")
    func names() {
        let names = [
            RunDirectory.checkpointName(step: 9), RunDirectory.checkpointName(step: 10),
            RunDirectory.checkpointName(step: 10, epochsDone: 1), RunDirectory.checkpointName(step: 100),
        ]
        #expect(names == names.sorted() && names.allSatisfy(RunDirectory.isCheckpointName))
        #expect(names.map(RunDirectory.epochsDone) == [nil, nil, 1, nil])
    }

    @Test("What stands is told with its epoch's record; one without counts as an epoch's all the same")
    func marks() throws {
        let folder = try RunFolder()
        let run = try RunDirectory.create(folder.path)
        let whole = RunDirectory.checkpointName(step: 4, epochsDone: 1)
        let bare = RunDirectory.checkpointName(step: 8, epochsDone: 2)
        let clock = RunDirectory.checkpointName(step: 9)
        for name in [whole, bare, clock, ".tmp-step-9"] {
            try FileSystem.createDirectory("\(folder.path)/checkpoints/\(name)")
        }
        try folder.write(
            "checkpoints/\(whole)/\(EpochRecord.fileName)",
            #"{"epochs_done": 1, "derived_accuracy": 0.25, "sound": false}"#)
        try folder.write("checkpoints/\(bare)/\(EpochRecord.fileName)", "{")
        #expect(
            try run.checkpointMarks() == [
                CheckpointMark(name: whole, endsEpoch: true, score: 0.25, isSound: false),
                CheckpointMark(name: bare, endsEpoch: true), CheckpointMark(name: clock),
            ])
        try run.removeUnfinishedCheckpoints()
        #expect(!folder.exists("checkpoints/.tmp-step-9") && folder.exists("checkpoints/\(clock)"))
    }

    @Test("An epoch's record says the same after it was written and read")
    func epochRecord() throws {
        let text = #"{"epochs_done": 3, "derived_accuracy": null, "sound": true}"#
        let record = try EpochRecord(Array(text.utf8), source: "test")
        #expect(record.epochsDone == 3 && record.mark("a") == CheckpointMark(name: "a", endsEpoch: true))
        #expect(try EpochRecord(record.bytes, source: "test") == record)
        #expect(throws: (any Error).self) { try EpochRecord(Array("{}".utf8), source: "test") }
    }
}
