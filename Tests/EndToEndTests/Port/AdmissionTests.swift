import Host
import Keys
import Messaging
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Who may join, with real processes: key mistakes end in one sentence on both sides, and keys change no bit.
@Suite(.serialized)
struct AdmissionTests {
    /// Folders of keys, and a coordinator that listens.
    final class Place {
        let programs: Programs
        let keys: String
        private var coordinator: ChildProcess?

        /// - Parameter workers: of the list; `keys` holds their folders.
        init(workers: [String]) throws {
            programs = try Programs()
            keys = "\(programs.folder)/keys"
            _ = try KeyGeneration.make(in: keys, workers: workers)
        }

        deinit {
            coordinator?.send(signal: SIGKILL)
            _ = coordinator?.wait()
        }

        /// - Returns: where it listens, as it says itself.
        func coordinate(_ words: [String], bind: String = "tcp://127.0.0.1:*") throws -> String {
            coordinator = try programs.start(
                "snas",
                ["coordinator", "--bind", bind, "--run", "\(programs.folder)/run"] + words + Programs.small(),
                name: "coordinator")
            #expect(programs.wait(for: "waiting for workers", lines: 1, in: "coordinator.err"))
            let line = try #require(notes.split(separator: "\n").first { $0.hasPrefix("listening at ") })
            return String(line.dropFirst("listening at ".count).prefix { !" ;,".contains($0) })
        }

        func worker(_ name: String, at endpoint: String, _ words: [String]) throws -> ChildProcess {
            try programs.start("snas-worker", ["--connect", endpoint, "--threads", "1"] + words, name: name)
        }

        /// A worker that must be refused: its one sentence.
        func refused(_ name: String, at endpoint: String, _ words: [String], codes: [ExitCode]) throws -> String {
            let outcome = programs.finish(
                try worker(name, at: endpoint, words + ["--connect_timeout_s", "4"]), name: name)
            #expect(codes.contains { outcome.status == .exited($0.rawValue) }, "\(name): \(outcome)")
            let lines = outcome.notes.split(separator: "\n")
            #expect(Set(lines.filter { !$0.hasSuffix("still dialling") }).count == 1, "\(name): \(lines)")
            return String(lines.last ?? "")
        }

        func finish() throws -> Programs.Outcome {
            defer { coordinator = nil }
            return programs.finish(try #require(coordinator), name: "coordinator")
        }

        func stop() throws {
            coordinator?.send(signal: SIGTERM)
            #expect(try finish().status == .exited(ExitCode.temporary.rawValue))
        }

        var notes: String { programs.text("coordinator.err") }

        /// Every file below a folder.
        func files(_ folder: String) throws -> [String] {
            try FileSystem.list(folder).flatMap { name -> [String] in
                let path = "\(folder)/\(name)"
                return FileSystem.isDirectory(path) ? try files(path) : [path]
            }
        }
    }

    @Test(
        "With keys: strangers are refused with a sentence on both sides, a worker listed meanwhile joins, the fingerprint is that of a search without keys, and no secret lies anywhere"
    )
    func encrypted() throws {
        let plain = try Programs()
        let reference = try plain.run(
            "snas", ["local", "--workers", "1", "--threads", "1", "--run", "\(plain.folder)/run"] + Programs.small())
        let place = try Place(workers: ["gpu01"])
        let strangers = "\(place.programs.folder)/strangers"
        _ = try KeyGeneration.make(in: strangers, workers: ["unlisted", "misled"])
        let endpoint = try place.coordinate(["--keys", "\(place.keys)/coordinator"])
        // Listed with the wrong coordinator's key; unlisted with the right one's.
        func copy(_ from: String, _ to: String) throws {
            try FileSystem.writeFile(to, try FileSystem.readFile(from, limitBytes: 4096))
        }
        try copy("\(place.keys)/gpu01/coordinator.key", "\(strangers)/unlisted/coordinator.key")
        let unlisted = try WorkerKeys("\(strangers)/unlisted").publicKey

        let without = try place.refused("without", at: endpoint, [], codes: [.configuration])
        #expect(without.contains("asks for keys") && without.contains("--keys"))
        #expect(place.programs.wait(for: "started without --keys", lines: 1, in: "coordinator.err"))

        let stranger = try place.refused(
            "stranger", at: endpoint, ["--keys", "\(strangers)/unlisted"], codes: [.noPermission])
        #expect(stranger.contains("\(unlisted)") && stranger.contains("not on its list"))
        #expect(place.programs.wait(for: "its key \(unlisted) is not in", lines: 1, in: "coordinator.err"))

        let misled = try place.refused(
            "misled", at: endpoint, ["--keys", "\(strangers)/misled"], codes: [.noPermission])
        #expect(misled.contains("misled/coordinator.key does not hold the key"))
        #expect(place.programs.wait(for: "has another key for this coordinator", lines: 1, in: "coordinator.err"))

        // While it runs, and nothing is started again.
        let keygen = try place.programs.run(
            "snas", ["keygen", "--out", place.keys, "--worker", "gpu02"], name: "keygen")
        #expect(keygen.status == .exited(0), "\(keygen.notes)")
        let worker = try place.worker("gpu02", at: endpoint, ["--keys", "\(place.keys)/gpu02"])
        let outcome = try place.finish()
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(worker.wait() == .exited(0))
        #expect(outcome.fingerprint != nil && outcome.fingerprint == reference.fingerprint)

        try expectNoSecret(in: place, keyFolders: [place.keys, strangers])
    }

    /// Neither as text nor as bytes: logs, outputs, configuration, checkpoints, everything that the programs left.
    private func expectNoSecret(in place: Place, keyFolders: [String]) throws {
        let own = Set(try keyFolders.flatMap(place.files))
        let secrets = try own.filter { $0.hasSuffix("/secret.key") }.map { path in
            let text = String(decoding: try FileSystem.readFile(path, limitBytes: 4096), as: UTF8.self)
            let line = try #require(text.split(separator: "\n").first { $0.contains("secret-key") })
            return Array(try #require(line.split(separator: "\"").dropFirst().first).utf8)
        }
        #expect(secrets.count == 6 && secrets.allSatisfy { $0.count == 40 })
        let left = try place.files(place.programs.folder).filter { !own.contains($0) }
        #expect(left.contains { $0.hasSuffix("/log.txt") } && left.contains { $0.hasSuffix("coordinator.err") })
        for path in left {
            let bytes = try FileSystem.readFile(path, limitBytes: 1 << 26)
            for secret in secrets {
                #expect(!contains(bytes, secret), "a secret key lies in \(path)")
            }
        }
    }

    private func contains(_ bytes: [UInt8], _ word: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            word.withUnsafeBytes { word in
                (0..<max(0, bytes.count - word.count + 1)).contains { start in
                    bytes[start] == word[0] && bytes[start..<start + word.count].elementsEqual(word)
                }
            }
        }
    }

    @Test("A worker with keys and a coordinator without: a sentence on both sides, and the search goes on for others")
    func oneSided() throws {
        let place = try Place(workers: ["gpu01"])
        let endpoint = try place.coordinate([])
        // Which side sees the mismatch first is a race: seldom the worker only sees that it is broken off.
        let sentence = try place.refused(
            "keyed", at: endpoint, ["--keys", "\(place.keys)/gpu01"], codes: [.configuration, .noPermission])
        #expect(sentence.contains("no keys"), "\(sentence)")
        #expect(place.programs.wait(for: "started with --keys", lines: 1, in: "coordinator.err"))
        let worker = try place.worker("plain", at: endpoint, [])
        #expect(try place.finish().status == .exited(0))
        #expect(worker.wait() == .exited(0))
    }

    @Test("With a list that cannot be used a worker is told to try again; with two coordinators the next one is tried")
    func list() throws {
        let place = try Place(workers: ["gpu01"])
        let endpoint = try place.coordinate(["--keys", "\(place.keys)/coordinator"])
        chmod("\(place.keys)/coordinator/allowed", 0o777)
        let words = ["--keys", "\(place.keys)/gpu01"]
        let sentence = try place.refused("early", at: endpoint, words, codes: [.temporary])
        #expect(sentence.contains("cannot read its list"))
        #expect(place.programs.wait(for: "others can change", lines: 1, in: "coordinator.err"))
        chmod("\(place.keys)/coordinator/allowed", 0o700)
        // The first of the list is a coordinator that does not know this worker.
        let other = try Place(workers: ["somebody"])
        let first = try other.coordinate(["--keys", "\(other.keys)/coordinator"])
        try FileSystem.removeTree("\(other.keys)/gpu01")
        let worker = try place.worker("late", at: "\(first),\(endpoint)", words)
        #expect(try place.finish().status == .exited(0))
        #expect(worker.wait() == .exited(0), "\(place.programs.text("late.err"))")
        try other.stop()
    }

    func expectRefusal(
        _ place: Place, _ program: String, _ words: [String], _ code: ExitCode, _ parts: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let outcome = try place.programs.run(program, words, name: "refused")
        #expect(outcome.status == .exited(code.rawValue), "\(outcome.notes)", sourceLocation: sourceLocation)
        for part in parts {
            #expect(outcome.notes.contains(part), "'\(part)' in: \(outcome.notes)", sourceLocation: sourceLocation)
        }
        #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
        #expect(!FileSystem.exists("\(place.programs.folder)/run"), sourceLocation: sourceLocation)
    }

    @Test("An address that others reach wants keys or --insecure on both sides, not both; with keys it is listened at")
    func addresses() throws {
        let place = try Place(workers: ["gpu01"])
        let run = ["--run", "\(place.programs.folder)/run"]
        let (own, worker) = ("\(place.keys)/coordinator", "\(place.keys)/gpu01")
        for address in ["tcp://0.0.0.0:*", "tcp://*:25590", "tcp://127.0.0.1.example.org:25590"] {
            try expectRefusal(
                place, "snas", ["coordinator", "--bind", address] + run, .noPermission, "--keys", "--insecure")
        }
        try expectRefusal(
            place, "snas-worker", ["--connect", "tcp://10.0.0.1:25590"], .noPermission, "--keys", "--insecure")
        try expectRefusal(
            place, "snas", ["coordinator", "--keys", own, "--insecure"] + run, .usage, "exclude each other")
        try expectRefusal(
            place, "snas-worker", ["--connect", "ipc://a", "--keys", worker, "--insecure"], .usage, "exclude each other"
        )
        try expectRefusal(
            place, "snas", ["resume", "\(place.programs.folder)/run", "--keys", own], .usage, "--keys goes with --bind")
        try expectRefusal(place, "snas", ["local", "--keys", own] + run, .usage, "unknown flag --keys")
        _ = try place.coordinate(["--keys", own], bind: "tcp://0.0.0.0:*")
        try place.stop()
    }
}
