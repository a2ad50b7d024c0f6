import Host
import Testing

/// Where folders are made that go when a program does, whatever `TMPDIR` says.
@Suite
struct TemporaryFolderTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        try body(folder)
    }

    private func refusal(in asked: String) -> UserError? {
        do {
            let made = try FileSystem.createTemporaryDirectory(prefix: "snas-test-", in: asked)
            try FileSystem.removeTree(made)
            return nil
        } catch { return error as? UserError }
    }

    @Test("A place that is none is refused with its name, the variable's and what to do")
    func refused() throws {
        try withFolder { folder in
            let missing = try #require(refusal(in: "\(folder)/nowhere"))
            #expect(missing.exitCode == .cannotCreate, "\(missing)")
            #expect(
                missing.sentence.hasPrefix("cannot create a folder in \(folder)/nowhere: No such file or directory; ")
                    && missing.sentence.contains("TMPDIR"))
            try FileSystem.writeFile("\(folder)/file", [])
            #expect(refusal(in: "\(folder)/file")?.sentence.contains("TMPDIR") == true)
            #expect(refusal(in: folder) == nil)
        }
    }

    @Test("Sockets lie in the asked place while their paths fit, and else in /tmp, in a folder of their owner's alone")
    func sockets() throws {
        try withFolder { folder in
            func made(in asked: String, pathBytes: Int) throws -> String {
                let made = try FileSystem.createSocketDirectory(
                    prefix: "snas-", socketName: "coordinator", pathBytes: pathBytes, in: asked)
                #expect(try FileSystem.othersRights(made).mode == "0700")
                try FileSystem.removeTree(made)
                return made
            }
            let length = "\(folder)/snas-XXXXXX/coordinator".utf8.count
            #expect(try made(in: folder, pathBytes: length).hasPrefix("\(folder)/snas-"))
            let short = try made(in: folder, pathBytes: length - 1)
            #expect(
                short.hasPrefix("/tmp/snas-") && !short.hasPrefix(folder) && "\(short)/coordinator".utf8.count <= 107)
            let deep = "\(folder)/" + String(repeating: "d", count: 120)
            #expect(try made(in: deep, pathBytes: 107).hasPrefix("/tmp/snas-"), "whether the place is there or not")
            #expect(throws: UserError.self) { try made(in: "\(folder)/nowhere", pathBytes: 107) }
            // This sign in front would make a socket that every user of the machine reaches.
            #expect { try made(in: "@snas-nowhere", pathBytes: 107) } throws: {
                $0.userSentence.contains("cannot create a folder in ./@snas-nowhere")
            }
        }
    }
}
