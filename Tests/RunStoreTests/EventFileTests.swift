import Exchange
import Host
import RunStore
import Testing

/// The event file of a run that is stopped, killed, goes on, and whose folder is tampered with.
@Suite
struct RunEventFileTests {
    /// A run of four steps an epoch, as its coordinator tells TensorBoard of it.
    private final class Run {
        let folder: RunFolder
        let directory: RunDirectory

        init() throws {
            folder = try RunFolder()
            directory = try RunDirectory.create(folder.path)
        }

        var path: String? {
            let place = "\(folder.path)/tensorboard"
            return (try? FileSystem.list(place))?.first.map { "\(place)/\($0)" }
        }

        var bytes: [UInt8] { path.flatMap { try? FileSystem.readFile($0, limitBytes: 1 << 20) } ?? [] }

        /// What stands in the file, and whether all of it is whole.
        var points: (told: [String], isWhole: Bool) {
            var told: [String] = []
            let bytes = bytes
            let kept = EventRecord.lengthKept(of: bytes) { step, tag in
                told.append(tag.map { "\($0) \(step)" } ?? "version")
                return true
            }
            return (told, kept == bytes.count)
        }

        func file(firstStep: Int = 0, firstEpoch: Int = 0) -> RunEventFile {
            RunEventFile(directory, firstStep: firstStep, firstEpoch: firstEpoch)
        }

        static func step(_ step: Int) -> [SummaryEvent] {
            [SummaryEvent(step: step, [.init("iter_train_loss", .scalar(1 / Double(step + 1)))])]
        }

        static func epoch(_ epoch: Int) -> [SummaryEvent] {
            [
                SummaryEvent(step: epoch, [.init("epoch_train_acc", .scalar(50))]),
                SummaryEvent(step: 4 * epoch + 3, [.init("iter_valid_loss", .scalar(1))]),
            ]
        }

        func compute(_ steps: Range<Int>, in file: RunEventFile) throws {
            for step in steps {
                try file.append(Self.step(step))
                if step % 4 == 3 { try file.append(Self.epoch(step / 4)) }
            }
        }
    }

    private static func told(steps: Int, epochs: Int) -> [String] {
        ["version"]
            + (0..<steps).flatMap { step in
                let ends = step % 4 == 3 && step / 4 < epochs
                return ["iter_train_loss \(step)"]
                    + (ends ? ["epoch_train_acc \(step / 4)", "iter_valid_loss \(step)"] : [])
            }
    }

    @Test("Nothing is made before the first event; then there is one file, whose name has its time and ends in .snas")
    func begin() throws {
        let run = try Run()
        let file = run.file()
        #expect(run.path == nil)
        try run.compute(0..<6, in: file)
        let name = try #require(run.path?.split(separator: "/").last)
        #expect(name.wholeMatch(of: /events\.out\.tfevents\.[0-9]{10}\.[A-Za-z0-9_-]+\.snas/) != nil, "\(name)")
        #expect(run.points.told == Self.told(steps: 6, epochs: 1) && run.points.isWhole)
    }

    @Test(
        "A run that goes on computes steps and epochs again, and no point stands twice",
        arguments: [
            (step: 0, epoch: 0), (step: 3, epoch: 0), (step: 4, epoch: 0), (step: 4, epoch: 1), (step: 6, epoch: 1),
            (step: 7, epoch: 1),
        ])
    func goingOn(from: (step: Int, epoch: Int)) throws {
        let run = try Run()
        try run.compute(0..<7, in: run.file())
        let before = run.path
        let again = run.file(firstStep: from.step, firstEpoch: from.epoch)
        // The evaluation of an epoch whose last step was the checkpoint's.
        if from.step == 4, from.epoch == 0 { try again.append(Run.epoch(0)) }
        try run.compute(from.step..<10, in: again)
        #expect(run.points.told == Self.told(steps: 10, epochs: 2) && run.points.isWhole, "\(run.points.told)")
        #expect(run.path == before)
    }

    @Test("A record that a kill cut short is no obstacle: the run goes on behind the last whole one")
    func killed() throws {
        let run = try Run()
        try run.compute(0..<7, in: run.file())
        let path = try #require(run.path)
        try FileSystem.truncate(path, toBytes: run.bytes.count - 5)
        try run.compute(6..<10, in: run.file(firstStep: 6, firstEpoch: 1))
        #expect(run.points.told == Self.told(steps: 10, epochs: 2) && run.points.isWhole)
    }

    @Test("Whatever somebody does to the file while the run goes on, what comes next can be read")
    func tampering() throws {
        let run = try Run()
        let file = run.file()
        try run.compute(0..<3, in: file)
        let path = try #require(run.path)
        try FileSystem.appendFile(path, [1, 2, 3])
        try run.compute(3..<4, in: file)
        #expect(run.points.told == Self.told(steps: 4, epochs: 1) && run.points.isWhole)
        try FileSystem.removeTree("\(run.folder.path)/tensorboard")
        try run.compute(4..<6, in: file)
        #expect(run.points.told == ["version", "iter_train_loss 4", "iter_train_loss 5"] && run.points.isWhole)
        try FileSystem.writeFile(try #require(run.path), [7, 7, 7])
        try run.compute(6..<7, in: file)
        #expect(run.points.told == ["version", "iter_train_loss 6"] && run.points.isWhole)
    }

    @Test("Where the folder cannot be made it throws, each time, and writes as soon as it can")
    func obstacle() throws {
        let run = try Run()
        let file = run.file()
        try run.folder.write("tensorboard", "a file")
        for step in 0..<2 {
            #expect(throws: SystemError.self) { try file.append(Run.step(step)) }
        }
        try FileSystem.removeTree("\(run.folder.path)/tensorboard")
        try file.append(Run.step(2))
        #expect(run.points.told == ["version", "iter_train_loss 2"])
    }
}
