import Host
import Testing

import Launching

#if canImport(Glibc)
    import Glibc
#endif

/// What a descriptor has, to its end or the buffer's.
func readSome(_ descriptor: Int32, _ bytes: inout [UInt8]) -> Int {
    var count = 0
    while count < bytes.count {
        let limit = bytes.count - count
        let more = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress?.advanced(by: count), limit) }
        if more <= 0 { break }
        count += more
    }
    return count
}

@Suite("What runs on a host before its worker does")
struct RemoteStartTests {
    /// Runs the script against a program that prints its words in place of a worker.
    private func run(
        version: String = "snas-worker 0.1.0 (wire 9, run format 4)", program: String? = nil,
        host: WorkerHost = WorkerHost("h"), number: Int = 1, cores: Int? = nil,
        callerPort: Int? = nil, addresses: [String] = ["tcp://10.0.0.1:5577"], words: [String] = [],
        connection: String = "", exitOfVersion: Int = 0
    ) throws -> (status: ProcessStatus, output: String) {
        let folder = try ScratchFolder(prefix: "snas-remote-")
        defer { withExtendedLifetime(folder) {} }
        let fake = "\(folder.path)/snas-worker"
        try FileSystem.writeFile(
            fake,
            Array(
                """
                #!/bin/sh
                if [ "$1" = version ]; then echo "\(version)"; exit \(exitOfVersion); fi
                for word in "$@"; do echo "<$word>"; done
                """.utf8))
        chmod(fake, 0o755)
        if let cores {
            try FileSystem.writeFile("\(folder.path)/nproc", Array("#!/bin/sh\necho \(cores)\n".utf8))
            chmod("\(folder.path)/nproc", 0o755)
        }
        let arguments = RemoteStart.arguments(
            program: program ?? fake, wireVersion: 9, host: host, number: number, callerPort: callerPort,
            addresses: addresses,
            workerWords: words)
        let output = try Pipe()
        let child = try ChildProcess(
            "/bin/sh", ["-c", RemoteStart.script, "snas-launch"] + arguments, output: output.writing,
            errorOutput: output.writing,
            environment: [
                "SSH_CONNECTION": connection, "PATH": (cores == nil ? "" : "\(folder.path):") + "/usr/bin:/bin",
            ])
        output.closeWriting()
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = readSome(output.reading, &bytes)
        return (child.wait(), String(decoding: bytes[..<count], as: UTF8.self))
    }

    @Test("The worker is told where the coordinator is, first by the address that ssh came from")
    func addresses() throws {
        let plain = try run()
        #expect(plain.status == .exited(0) && plain.output == "<--launched>\n<--connect>\n<tcp://10.0.0.1:5577>\n")
        let seen = try run(callerPort: 4711, connection: "192.0.2.7 50000 192.0.2.9 22")
        #expect(seen.output.contains("<tcp://192.0.2.7:4711,tcp://10.0.0.1:5577>"))
        let newer = try run(callerPort: 4711, addresses: [], connection: "fd00::7 50000 fd00::9 22")
        #expect(newer.output.contains("<tcp://[fd00::7]:4711>\n"))
    }

    @Test("A host's line says threads, device and data; several workers part the cores where it does not say threads")
    func settings() throws {
        var host = WorkerHost("h")
        host.slots = 1024
        host.device = "cuda:0"
        host.data = "/data/it's here"
        let parted = try run(host: host, words: ["--quiet"])
        #expect(
            parted.output.hasSuffix("<--quiet>\n<--device>\n<cuda:0>\n<--data>\n</data/it's here>\n<--threads>\n<1>\n"))
        host.threads = 3
        #expect(try run(host: host).output.contains("<--threads>\n<3>\n<--device>"))
    }

    @Test("Three workers of a host with eight cores get 3, 3 and 2 of them, four on two cores one each")
    func partedCores() throws {
        func threads(_ number: Int, of slots: Int, cores: Int) throws -> String {
            var host = WorkerHost("h")
            host.slots = slots
            let output = try run(host: host, number: number, cores: cores).output
            return String(output.split(separator: "\n").last ?? "")
        }
        #expect(try (1...3).map { try threads($0, of: 3, cores: 8) } == ["<3>", "<3>", "<2>"])
        #expect(try threads(1, of: 4, cores: 2) == "<1>" && threads(4, of: 4, cores: 2) == "<1>")
    }

    @Test(
        "A program that is not there, does not start or speaks another wire version is told in words, with the code that leaves the host out"
    )
    func refusals() throws {
        let missing = try run(program: "/nowhere/snas-worker")
        #expect(
            missing.status == .exited(66) && missing.output.contains("is not on")
                && missing.output.contains("/nowhere/snas-worker"))
        let broken = try run(version: "libtorch.so: cannot open shared object file", exitOfVersion: 127)
        #expect(broken.status == .exited(66) && broken.output.contains("does not start: libtorch.so"))
        let older = try run(version: "snas-worker 0.0.9 (wire 8, run format 3)")
        #expect(
            older.status == .exited(76)
                && older.output.contains("does not speak wire 9: snas-worker 0.0.9 (wire 8, run format 3)"))
    }
}
