import Configuration
import Formats
import Host
import Testing
import Tools

/// Tables of versions that knew fewer settings: they stay, and go on.
struct EarlierTruthTableTests {
    private static let root = FileSystem.parent(of: FileSystem.parent(of: FileSystem.parent(of: #filePath)))

    /// The first line of the digits' table, as a version wrote it that knew no parts of shards and no devices.
    private func line() throws -> String {
        let path = "\(Self.root)/Tests/EndToEndTests/Fixtures/truth-digits.jsonl"
        let text = String(decoding: try FileSystem.readFile(path, limitBytes: 1 << 24), as: UTF8.self)
        let line = try #require(text.split(separator: "\n").first)
        let later = ["\"training.shard_parts = 1\",", "\"training.device_shards = 1\","]
        #expect(later.allSatisfy { line.contains($0) })
        return later.reduce(String(line)) { $0.replacing($1, with: "") }
    }

    private func header(_ line: String) throws -> TruthHeader {
        try TruthHeader(line: Array(line.utf8), source: "table")
    }

    @Test("The recipe of an earlier table has one part, and is the one of the preset and no other")
    func recipe() throws {
        let line = try line()
        #expect(!line.contains("shard_parts"))
        let earlier = try header(line)
        #expect(try earlier.recipeSettings().filter { $0.key == "training.shard_parts" }.map(\.value) == ["1"])
        func with(_ parts: Int) throws -> TruthHeader {
            let shards = "\"training.shards = 4\","
            #expect(line.contains(shards))
            return try header(line.replacing(shards, with: shards + "\"training.shard_parts = \(parts)\","))
        }
        #expect(try with(1).firstDifference(fromTable: earlier) == nil)
        #expect(try earlier.firstDifference(fromTable: with(1)) == nil)
        #expect(
            try with(8).firstDifference(fromTable: earlier)
                == .settings("the table's recipe has training.shard_parts = 1, now it is training.shard_parts = 8"))
        #expect(try with(8).recipeSettings().filter { $0.key == "training.shard_parts" }.map(\.value) == ["8"])
        var builder = ConfigurationBuilder(from: .cellTraining, origin: .standard)
        try builder.apply(file: "\(Self.root)/configs/truth-digits.yaml")
        let preset = try builder.finished().configuration
        for (key, value) in try earlier.recipeSettings() {
            #expect(Setting.named(key)?.value(in: preset) == value, "\(key)")
        }
    }
}
