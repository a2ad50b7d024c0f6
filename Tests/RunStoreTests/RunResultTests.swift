import Configuration
import Datasets
import Formats
import Host
import RunStore
import SearchSpace
import Testing

/// What a run that is over says once more, of its folder alone.
@Suite
struct RunResultTests {
    private static let space = SearchSpace.darts(nodes: 1)
    private static let cell = space.uniform(.sepConv3x3)

    private static func writeCell(_ folder: RunFolder) throws {
        let value = JSONValue.object([
            "genotype": .string(cell.text), "provenance": .object(["fingerprint": .string("0123")]),
        ])
        try folder.write("genotype.json", value.serialized())
    }

    @Test("Neither data set nor checkpoints nor a lease is needed, and nothing is written")
    func over() throws {
        let folder = try RunFolder()
        do {
            let run = try RunDirectory.create(folder.path)
            let builder = ConfigurationBuilder()
            try RunRecord.write(
                try builder.finished(), data: try RecognisedDataset(at: "digits").loadTraining(),
                dataLocation: "/gone", to: run)
        }
        try Self.writeCell(folder)
        #expect(try RunResult.ofRunThatIsOver(at: folder.path) == nil, "its last result is missing")
        try folder.write(RunDirectory.lastResultName, "")
        for name in ["checkpoints", "generations", "lease.json"] { try FileSystem.removeTree("\(folder.path)/\(name)") }
        let before = try FileSystem.list(folder.path)
        let result = try #require(try RunResult.ofRunThatIsOver(at: folder.path))
        #expect(result.genotype.text == Self.cell.text && result.fingerprint == "0123")
        #expect(try FileSystem.list(folder.path) == before)
        // Its checkpoints may hold what a damaged result does not.
        try folder.write("genotype.json", "{")
        #expect(try RunResult.ofRunThatIsOver(at: folder.path) == nil)
        // Of a configuration that this version cannot believe, the resume says why.
        try Self.writeCell(folder)
        try folder.write("configuration.txt", folder.text("configuration.txt") + "\n")
        #expect(try RunResult.ofRunThatIsOver(at: folder.path) == nil)
    }

    @Test("A random cell's folder, which says nothing of a run, says its cell; no folder is told as that")
    func random() throws {
        let folder = try RunFolder()
        #expect { try RunResult.ofRunThatIsOver(at: folder.path) } throws: { $0.userSentence.contains("no run in") }
        _ = try RunDirectory.create(folder.path)
        #expect(try RunResult.ofRunThatIsOver(at: folder.path) == nil)
        try Self.writeCell(folder)
        #expect(try RunResult.ofRunThatIsOver(at: folder.path)?.fingerprint == "0123")
    }
}
