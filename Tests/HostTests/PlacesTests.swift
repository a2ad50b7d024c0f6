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

    @Test("What is in a folder's way is told as what it is, and nothing is made by looking")
    func obstacles() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let (file, link) = ("\(folder)/file", "\(folder)/link")
        try FileSystem.writeFile(file, [1])
        #expect(symlink("/nowhere/at/all", link) == 0)
        #expect(try FolderObstacle(at: folder) == nil && FolderObstacle(at: "\(folder)/a/b") == nil)
        #expect(try FolderObstacle(at: file) == .file)
        #expect(try FolderObstacle(at: "\(file)/a/b") == .fileAbove(file))
        #expect(try FolderObstacle(at: link) == .danglingLink(to: "/nowhere/at/all"))
        let error = #expect(throws: UserError.self) { try FileSystem.checkFolder(file, for: "pictures need a folder") }
        #expect(error == UserError(.cannotCreate, "'\(file)' is a file; pictures need a folder: choose another name"))
        #expect(try FileSystem.list(folder) == ["file", "link"])
    }

    @Test("Whether a file can be written is found out without leaving anything, and a write that fails leaves nothing")
    func files() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        try FileSystem.createDirectory("\(folder)/taken")
        try FileSystem.writeFile("\(folder)/old", [1])
        for name in ["new", "old"] { try FileSystem.checkFile("\(folder)/\(name)") }
        for (name, part) in [
            ("taken", "is a folder; a file is to be written"), ("none/new", "there is no folder '\(folder)/none'"),
            ("old/new", "there is no folder '\(folder)/old'"),
        ] {
            let error = #expect(throws: UserError.self) { try FileSystem.checkFile("\(folder)/\(name)") }
            #expect(error?.exitCode == .cannotCreate && error?.sentence.contains(part) == true)
        }
        #expect(throws: SystemError.self) { try FileSystem.writeAtomically("\(folder)/taken", [2]) }
        #expect(throws: SystemError.self) { try FileSystem.replaceFile("\(folder)/taken", [2]) }
        #expect(try FileSystem.list(folder) == ["old", "taken"])
        #expect(try FileSystem.readFile("\(folder)/old", limitBytes: 10) == [1])
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
        // A child that another test is starting has a copy until it runs its program.
        #expect(DescriptorPoll.wait([reading], timeout: .seconds(30)) == [reading] && pipe.writing < 0)
    }
}
