import Host
import RunStore
import Testing
import Wire

#if canImport(Glibc)
    import Glibc
#endif

/// The file by which workers find a coordinator: what it holds, and what is no such file.
@Suite
struct RendezvousFileTests {
    private static let run = RunIdentity(high: 0x3f0c_9a2e_51b8_4d77, low: 5)
    private static let file = RendezvousFile(
        standing: .listening, run: run, generation: 2, addresses: ["tcp://10.0.0.1:5577", "tcp://[fd00::1]:5577"])
    private static let text = """
        snas rendezvous 1
        run 3f0c9a2e51b84d770000000000000005
        generation 2
        state listening
        address tcp://10.0.0.1:5577
        address tcp://[fd00::1]:5577

        """

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        try body(folder)
    }

    @Test("Its text is read back, all may read it, nothing else is left in its folder, and an old one is replaced")
    func written() throws {
        try withFolder { folder in
            let path = "\(folder)/here"
            #expect(try RendezvousFile.read(path) == nil)
            #expect(Self.file.text == Self.text)
            for standing in RendezvousFile.Standing.allCases {
                var file = Self.file
                file.standing = standing
                try file.write(to: path)
                #expect(try RendezvousFile.read(path) == file)
            }
            #expect(try FileSystem.list(folder) == ["here"])
            #expect(try FileSystem.othersRights(path).mode == "0644")
        }
    }

    @Test("A machine of a thousand addresses tells the first of them, in a file that is read")
    func bounded() throws {
        let many = (1...1000).map { "tcp://host-\($0).\(String(repeating: "x", count: 200)):5577" }
        let file = RendezvousFile(standing: .listening, run: Self.run, generation: .max, addresses: many)
        #expect(file.addresses == Array(many.prefix(RendezvousFile.addressLimit)))
        #expect(file.text.utf8.count <= RendezvousFile.limitBytes)
        #expect(try RendezvousFile(parsing: Array(file.text.utf8), from: "f") == file)
    }

    private static var damages: [(String, String)] {
        let addresses = String(repeating: "address tcp://a:1\n", count: 63)
        func without(_ part: String, _ other: String = "") -> String { text.replacing(part, with: other) }
        var rows: [(String, String)] = [
            ("", "does not begin with 'snas rendezvous 1'"),
            ("run: quick\n", "does not begin with"),
            ("snas rendezvous one\n", "'one' is no number of a form"),
            ("snas rendezvous 1\n", "says no state"),
        ]
        rows.append((String(text.dropLast(1)), "its last line has no end"))
        rows.append((without("generation 2\n"), "says no generation"))
        rows.append((without("generation 2", "generation -2"), "'-2' is no generation"))
        rows.append((without("run 3f", "run 3F"), "is no run"))
        rows.append((without("listening", "asleep"), "'asleep' is no state"))
        rows.append((without("address ", "addresses "), "line 5: 'addresses tcp://10.0.0.1:5577'"))
        rows.append((text + "\n", "line 7: ''"))
        rows.append((text + "state over\n", "line 7: 'state over'"))
        rows.append((without("\naddress", "\n\naddress"), "line 5: ''"))
        rows.append((String(text.prefix(text.count - 57)), "says no address"))
        rows.append((text + addresses, "line 69: 'address tcp://a:1'"))
        return rows
    }

    @Test(
        "A file that is something else, or not whole, is told with what is wrong and where",
        arguments: damages)
    func damaged(text: String, part: String) throws {
        #expect { try RendezvousFile(parsing: Array(text.utf8), from: "f") } throws: { error in
            (error as? UserError)?.exitCode == .data && error.userSentence.hasPrefix("f")
                && error.userSentence.contains(part)
        }
    }

    @Test("A newer program's file, a folder, a pipe, a large file and one that may not be read are told apart")
    func others() throws {
        try withFolder { folder in
            func code(_ path: String) -> ExitCode? {
                do { _ = try RendezvousFile.read("\(folder)/\(path)") } catch {
                    return (error as? any UserFacingError)?.exitCode
                }
                return nil
            }
            try FileSystem.writeFile("\(folder)/newer", Array("snas rendezvous 2\nanything\n".utf8))
            #expect(code("newer") == .protocolMismatch)
            #expect(code("missing") == nil && code("missing/too") == nil && code("newer/below") == .noInput)
            try FileSystem.createDirectory("\(folder)/folder")
            #expect(code("folder") == .data)
            #expect(mkfifo("\(folder)/pipe", 0o600) == 0 && code("pipe") == .data)
            try FileSystem.writeFile("\(folder)/large", [UInt8](repeating: 0x61, count: RendezvousFile.limitBytes + 1))
            #expect(code("large") == .data)
        }
    }

    @Test("Where it cannot be written the old one stands, and the sentence names it")
    func unwritable() throws {
        try withFolder { folder in
            try FileSystem.createDirectory("\(folder)/folder/full")
            for (path, exitCode) in [
                ("\(folder)/folder", ExitCode.cannotCreate), ("\(folder)/none/here", .cannotCreate),
            ] {
                #expect { try Self.file.write(to: path) } throws: { error in
                    error.userSentence.contains("cannot write \(path): ")
                        && (error as? any UserFacingError)?.exitCode == exitCode
                }
            }
            #expect(try FileSystem.list(folder) == ["folder"])
        }
    }
}
