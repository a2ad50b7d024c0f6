import Host
import Testing

struct ProcessUseTests {
    @Test("A process knows its memory, files and processor time, and says when it began the same each time")
    func now() throws {
        let first = try #require(ProcessUse.now())
        #expect(first.residentBytes > 1 << 20 && first.virtualBytes >= first.residentBytes)
        #expect(first.openFiles >= 3 && first.openFilesLimit >= first.openFiles)
        let age = Clock.unixSeconds() - first.startUnixSeconds
        #expect(age > 0 && age < 86_400, "\(age)")
        #expect(first.processorSeconds >= 0 && ProcessUse.now()?.startUnixSeconds == first.startUnixSeconds)
    }

    @Test("Names in a folder are counted, hidden ones too; of what is no folder there is no count")
    func entries() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        for name in ["a", ".b", "c"] { try FileSystem.writeFile("\(folder)/\(name)", []) }
        #expect(try FileSystem.entryCount(folder) == 3)
        #expect(throws: SystemError.self) { try FileSystem.entryCount("\(folder)/a") }
    }
}
