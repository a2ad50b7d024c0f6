import Host
import RunStore
import SearchProtocol
import Testing

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
        #expect { try RunDirectory.create(folder.path) } throws: { error in
            error.userSentence.contains("exists; choose another, or continue it with: snas resume")
        }
    }

    @Test("While a coordinator holds the folder nobody else opens it; the next one has the next generation")
    func generations() throws {
        let folder = try RunFolder()
        var held: RunDirectory? = try RunDirectory.create(folder.path)
        #expect { try RunDirectory.open(folder.path) } throws: { $0.userSentence.contains("is taken: its coordinator") }
        held?.lease?.release()
        #expect { try RunDirectory.open(folder.path) } throws: { $0.userSentence.contains("is being taken by another") }
        let before = held
        held = nil
        _ = before
        try FileSystem.removeTree("\(folder.path)/lease.json")
        let next = try RunDirectory.open(folder.path)
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
        #expect(folder.text("format") == "2\n")
        #expect(try RunFormat.read(of: folder.path) == RunFormat.current)
        try FileSystem.removeTree("\(folder.path)/format")
        #expect(try RunFormat.read(of: folder.path) == 1)
        _ = try RunDirectory.toRead(folder.path)
        for (text, sentence) in [
            ("3\n", "has format 3, which a newer snas wrote; this one reads formats up to 2"),
            ("two", "does not hold a format's number: 'two'"), ("0", "does not hold a format's number: '0'"),
        ] {
            try folder.write("format", text)
            #expect { try RunDirectory.toRead(folder.path) } throws: { $0.userSentence.contains(sentence) }
        }
    }

    @Test("Whoever goes on with an older folder writes this format from then on")
    func raisedFormat() throws {
        let folder = try RunFolder()
        var made: RunDirectory? = try RunDirectory.create(folder.path)
        try FileSystem.removeTree("\(folder.path)/format")
        #expect(made?.generation == 1)
        made = nil
        try FileSystem.removeTree("\(folder.path)/lease.json")
        let opened = try RunDirectory.open(folder.path)
        #expect(opened.generation == 2 && folder.text("format") == "\(RunFormat.current)\n")
    }

    @Test("What a crash leaves of a run that was being made is removed; anything else is somebody's")
    func unrecorded() throws {
        let folder = try RunFolder()
        try RunDirectory.removeUnrecorded(folder.path)
        var made: RunDirectory? = try RunDirectory.create(folder.path)
        #expect(made.map { !RunRecord.isThere(in: $0) } == true && RunDirectory.isThere(folder.path))
        made = nil
        try RunDirectory.removeUnrecorded(folder.path)
        #expect(!RunDirectory.isThere(folder.path) && !FileSystem.exists(folder.path))
        try FileSystem.createDirectory(folder.path)
        try folder.write("thesis.tex", "")
        #expect { try RunDirectory.removeUnrecorded(folder.path) } throws: {
            $0.userSentence.contains("exists and is no run; move it away")
        }
        #expect(folder.exists("thesis.tex"))
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
