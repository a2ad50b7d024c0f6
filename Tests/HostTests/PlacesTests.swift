import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Folders for a process's own use, files that are pipes, and words for a shell.
@Suite
struct PlacesTests {
    @Test("A folder that a killed process left is swept by the next one; a living one's and strangers' stay")
    func swept() throws {
        let prefix = "snas-sweep-\(HostInfo.processIdentifier())-"
        var left: ScratchFolder? = try ScratchFolder(prefix: prefix)
        let path = try #require(left?.path)
        let place = FileSystem.parent(of: path)
        // A copy without its process: what stays when one is killed.
        let dead = "\(place)/\(prefix)dEad01"
        // Without the file, with another one's in its place, with a name that nobody draws.
        let strange = ["strang", "lockin", "precious"].map { "\(place)/\(prefix)\($0)" }
        for folder in [dead] + strange { try FileSystem.createDirectory(folder, mode: 0o700) }
        defer { for folder in [dead] + strange { try? FileSystem.removeTree(folder) } }
        let declaration = try FileSystem.readFile("\(path)/.snas-scratch", limitBytes: 4096)
        try FileSystem.writeFile("\(dead)/.snas-scratch", declaration)
        try FileSystem.writeFile("\(dead)/coordinator", [1])
        for name in ["lock", ".snas-scratch"] { try FileSystem.writeFile("\(strange[1])/\(name)", []) }
        try FileSystem.writeFile("\(strange[2])/.snas-scratch", declaration)
        let next = try ScratchFolder(prefix: prefix)
        #expect(!FileSystem.exists(dead) && strange.allSatisfy(FileSystem.exists) && FileSystem.exists(path))
        #expect(FileSystem.exists(next.path))
        left = nil
        #expect(!FileSystem.exists(path))
    }

    @Test(
        "A pipe in a file's place is read until its writer ends, however late it begins, and no further than the limit")
    func pipe() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let path = "\(folder)/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        let shell = "sleep 0.2; { echo one; sleep 0.2; echo two; } > '\(path)'"
        let writer = try ChildProcess("/bin/sh", ["-c", shell])
        #expect(try FileSystem.readFile(path, limitBytes: 100) == Array("one\ntwo\n".utf8))
        #expect(writer.wait() == .exited(0))
        let endless = try ChildProcess("/bin/sh", ["-c", "exec yes > '\(path)' 2> /dev/null"])
        #expect(throws: SystemError.self) { try FileSystem.readFile(path, limitBytes: 1 << 20) }
        endless.send(signal: SIGKILL)
        _ = endless.wait()
    }

    @Test("A word is quoted where a shell would read it otherwise, and comes back from the shell as it was")
    func words() throws {
        #expect(ShellWord.quoted("runs/digits-2-1") == "runs/digits-2-1")
        #expect(ShellWord.quoted("") == "''" && ShellWord.quoted("my run") == "'my run'")
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        for word in ["a'b", "$HOME `id`", "two\nlines", "*?[x]", "~", "\"", "\\", "größe"] {
            let shell = try ChildProcess(
                "/bin/sh", ["-c", "printf %s \(ShellWord.quoted(word))"], outputPath: "\(folder)/out")
            #expect(shell.wait() == .exited(0))
            let said = try FileSystem.readFile("\(folder)/out", limitBytes: 1000)
            #expect(String(decoding: said, as: UTF8.self) == word)
        }
    }

    @Test("A pipe's ends stay above the standard streams, and it is at its end when its writer is gone")
    func ends() throws {
        let pipe = try Pipe()
        #expect(pipe.reading > 2 && pipe.writing > 2)
        #expect(DescriptorPoll.wait([pipe.reading], timeout: .zero).isEmpty)
        let reading = pipe.reading
        pipe.closeWriting()
        #expect(DescriptorPoll.wait([reading], timeout: .zero) == [reading] && pipe.writing < 0)
    }
}
