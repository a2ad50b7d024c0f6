import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite
struct LineTests {
    @Test(
        "Lines come out whole, however their bytes come in; a line beyond the limit and one that is no UTF-8 are refused"
    )
    func buffer() throws {
        var buffer = LineBuffer(limitBytes: 4)
        #expect(try buffer.take(Array("ab".utf8)).isEmpty)
        #expect(try buffer.take(Array("cd\n\nx\ny".utf8)) == ["abcd", "", "x"])
        #expect(try buffer.take(Array("z\n".utf8)) == ["yz"])
        #expect(throws: UserError.self) { try buffer.take(Array("abcde".utf8)) }
        var other = LineBuffer(limitBytes: 4)
        #expect(throws: UserError.self) { try other.take([0xFF, 0x0A]) }
    }

    @Test("A program answers in lines; once it has ended there is nothing to receive, and nobody to send to")
    func conversation() throws {
        let signals = try SignalPipe([SIGUSR2])
        defer { withExtendedLifetime(signals) {} }
        let program = try LineProcess(
            "/bin/sh", ["-c", "read first; echo \"got $first\"; echo more; exit 7"], lineLimitBytes: 100)
        #expect(try program.send("one"))
        var lines: [String] = []
        while let more = try program.receive() { lines += more }
        #expect(lines == ["got one", "more"])
        #expect(program.wait() == .exited(7))
        #expect(try !program.send("two"))
    }

    @Test("A program that does not end is killed when nobody holds it any more")
    func killed() throws {
        let identifier: Int32
        do {
            let program = try LineProcess("/bin/sleep", ["1000"], lineLimitBytes: 10)
            identifier = program.processIdentifier
            #expect(kill(identifier, 0) == 0)
            withExtendedLifetime(program) {}
        }
        #expect(kill(identifier, 0) != 0)
    }

    @Test("What is appended stands behind what was there; a second writer is refused, and a cut takes the end alone")
    func appended() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let path = "\(folder)/lines"
        var file: AppendedFile? = try AppendedFile(path)
        try file?.append(Array("one\ntw".utf8))
        #expect(throws: UserError.self) { try AppendedFile(path) }
        try file?.truncate(toBytes: 4)
        try file?.append(Array("two\n".utf8))
        file = nil
        let again = try AppendedFile(path)
        try again.append(Array("three\n".utf8))
        #expect(try FileSystem.readFile(path, limitBytes: 100) == Array("one\ntwo\nthree\n".utf8))
    }
}
