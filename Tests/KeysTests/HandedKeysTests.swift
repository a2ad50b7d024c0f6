import Host
import Keys
import Messaging
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Keys that come over an open descriptor and are in no file.
struct HandedKeysTests {
    /// A pipe's reading end as a program is handed one, with these bytes and their end in it.
    private static func pipe(_ bytes: [UInt8]) throws -> Int32 {
        var ends: [Int32] = [0, 0]
        try #require(Glibc.pipe(&ends) == 0)
        // A child that another test starts meanwhile must not hold this end open.
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        try #require(write(ends[1], bytes, bytes.count) == bytes.count)
        close(ends[1])
        return ends[0]
    }

    private static func withKeys(_ body: (String) throws -> Void) throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        _ = try KeyGeneration.make(in: folder, workers: ["gpu01", "gpu02"])
        try body(folder)
    }

    private static func bytes(_ paths: [String]) throws -> [UInt8] {
        try paths.flatMap { try FileSystem.readFile($0, limitBytes: 4096) }
    }

    private func refusal(_ body: () throws -> Void) -> (code: ExitCode?, sentence: String) {
        do { try body() } catch { return ((error as? any UserFacingError)?.exitCode, error.userSentence) }
        return (nil, "accepted")
    }

    @Test("Key files one behind the other give each side what its folder gives")
    func both() throws {
        try Self.withKeys { folder in
            let (own, worker) = ("\(folder)/coordinator", "\(folder)/gpu01")
            let list = ["gpu01", "gpu02"].map { "\(own)/allowed/\($0).key" }
            let coordinator = try CoordinatorKeys(
                try KeySource.handed(over: try Self.pipe(try Self.bytes(["\(own)/secret.key"] + list))))
            let pair = try CoordinatorKeys(own).pair
            #expect(coordinator.names == ["gpu01", "gpu02"] && coordinator.pair == pair)
            let descriptor = try Self.pipe(try Self.bytes(["\(worker)/coordinator.key", "\(worker)/secret.key"]))
            let handed = try WorkerKeys(try KeySource.handed(over: descriptor))
            let publicKey = try WorkerKeys(worker).publicKey
            #expect(handed.publicKey == publicKey)
            #expect(handed.coordinatorFile == "descriptor \(descriptor)")
            #expect(coordinator.verdict(handed.publicKey) == .admitted(name: "gpu01"))
            #expect(coordinator.verdict(coordinator.pair.publicKey) == .unknown(remark: ""))
            #expect(fcntl(descriptor, F_GETFD) < 0, "what was read is closed")
        }
    }

    @Test("What is no set of keys is told with what was expected, and nothing of what came")
    func mistakes() throws {
        try Self.withKeys { folder in
            let (own, worker) = ("\(folder)/coordinator", "\(folder)/gpu01")
            func outcome(_ bytes: [UInt8]) -> (code: ExitCode?, sentence: String) {
                refusal { _ = try WorkerKeys(try KeySource.handed(over: try Self.pipe(bytes))) }
            }
            for (bytes, part) in [
                ([], "it has no line that reads curve"), (Array("secret".utf8), "it has no line that reads curve"),
                (try Self.bytes(["\(worker)/secret.key"]), "0 public keys come over"),
                (try Self.bytes(["\(worker)/coordinator.key"]), "0 secret keys come over"),
                (try Self.bytes(["\(worker)/secret.key", "\(own)/secret.key"]), "2 secret keys come over"),
                (
                    try Self.bytes(["\(worker)/secret.key"]) + Array("curve\n public-key = \"x\"\n".utf8),
                    "should hold a key"
                ),
            ] {
                let seen = outcome(bytes)
                #expect(seen.code == .data && seen.sentence.contains(part), "\(seen.sentence)")
                #expect(!seen.sentence.contains("secret-key"))
            }
        }
    }

    @Test("The other side's keys, and a coordinator's without a worker's, are refused: nobody could ever join")
    func otherSide() throws {
        try Self.withKeys { folder in
            let (own, worker) = ("\(folder)/coordinator", "\(folder)/gpu01")
            let ofWorker = try Self.bytes(["\(worker)/secret.key", "\(worker)/coordinator.key"])
            let ofCoordinator = try Self.bytes(["\(own)/secret.key", "\(own)/allowed/gpu01.key"])
            let alone = try Self.bytes(["\(own)/secret.key"])
            for (bytes, part) in [(ofWorker, "a worker's keys come over"), (alone, "no worker's key comes over")] {
                let seen = refusal { _ = try CoordinatorKeys(try KeySource.handed(over: try Self.pipe(bytes))) }
                #expect(seen.code == .data && seen.sentence.contains(part), "\(seen.sentence)")
            }
            let seen = refusal { _ = try WorkerKeys(try KeySource.handed(over: try Self.pipe(ofCoordinator))) }
            #expect(
                seen.code == .data && seen.sentence.contains("the coordinator's keys come over"), "\(seen.sentence)")
        }
    }

    @Test("A folder or a pipe in a key file's place is called one")
    func noFiles() throws {
        try Self.withKeys { folder in
            let path = "\(folder)/gpu01/coordinator.key"
            try FileSystem.removeTree(path)
            try FileSystem.createDirectory(path)
            let seen = refusal { _ = try WorkerKeys("\(folder)/gpu01") }
            #expect(seen.code == .inputOutput)
            #expect(seen.sentence == "cannot read \(path): it is a folder, and a key's file is wanted there")
            try FileSystem.removeTree(path)
            #expect(mkfifo(path, 0o600) == 0)
            #expect(
                refusal { _ = try WorkerKeys("\(folder)/gpu01") }.sentence.contains("is no file but a pipe or a device")
            )
        }
    }

    @Test("A descriptor that nobody handed over, one of this process's own and one without an end are no keys")
    func descriptors() throws {
        let seen = refusal { _ = try KeySource.handed(over: 1000) }
        #expect(seen.code == .noInput && seen.sentence.contains("descriptor 1000"), "\(seen.sentence)")
        let own = try WakeEvent()
        #expect(refusal { _ = try KeySource.handed(over: own.fileDescriptor) }.sentence.contains("Bad file descriptor"))
        var ends: [Int32] = [0, 0]
        try #require(Glibc.pipe(&ends) == 0)
        defer { close(ends[1]) }
        do {
            _ = try InheritedDescriptor.read(ends[0], limitBytes: 10, patience: .milliseconds(50))
            Issue.record("a pipe that stays open has no end")
        } catch let error as SystemError { #expect(error.errorNumber == ETIMEDOUT) }
    }

    @Test(
        "A file that others can read is refused over a descriptor too; one that has no name any more is nobody else's")
    func files() throws {
        try Self.withKeys { folder in
            let path = "\(folder)/both"
            try FileSystem.writeFile(
                path, try Self.bytes(["\(folder)/gpu01/secret.key", "\(folder)/gpu01/coordinator.key"]))
            chmod(path, 0o644)
            let open = refusal { _ = try KeySource.handed(over: Glibc.open(path, O_RDONLY)) }
            #expect(open.code == .noPermission && open.sentence.contains("mode 0644"), "\(open.sentence)")
            let descriptor = Glibc.open(path, O_RDONLY)
            unlink(path)
            #expect(refusal { _ = try WorkerKeys(try KeySource.handed(over: descriptor)) }.code == nil)
        }
    }

    @Test("--keys, --keys_fd and --insecure exclude each other, and a descriptor is a number")
    func flags() throws {
        func code(_ words: [String]) -> (code: ExitCode?, sentence: String) {
            refusal {
                _ = try KeySource.given(
                    by: try CommandLineFlags(
                        parsing: words,
                        of: [FlagGroup("keys", KeySource.flags(of: "a worker", insecure: "another machine"))]))
            }
        }
        #expect(code([]).code == nil && code(["--keys", "x"]).code == nil && code(["--insecure"]).code == nil)
        for words in [
            ["--keys", "x", "--keys_fd", "3"], ["--keys", "x", "--insecure"], ["--keys_fd", "3", "--insecure"],
            ["--keys_fd", "x"], ["--keys_fd", "-1"],
        ] {
            #expect(code(words).code == .usage, "\(words)")
        }
        #expect(code(["--keys_fd", "3", "--insecure"]).sentence == "--keys_fd and --insecure exclude each other")
    }
}
