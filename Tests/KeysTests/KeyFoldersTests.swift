import Host
import Keys
import Messaging
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Key folders as people make, copy and break them.
struct KeyFoldersTests {
    private func withKeys(_ workers: [String] = ["gpu01"], _ body: (String) throws -> Void) throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        _ = try KeyGeneration.make(in: "\(folder)/keys", workers: workers)
        try body("\(folder)/keys")
    }

    private func refusal(_ body: () throws -> Void) -> (code: ExitCode?, sentence: String) {
        do {
            try body()
            return (nil, "accepted")
        } catch {
            return ((error as? any UserFacingError)?.exitCode, (error as? any UserFacingError)?.sentence ?? "\(error)")
        }
    }

    private func text(_ path: String) throws -> String {
        String(decoding: try FileSystem.readFile(path, limitBytes: 1 << 16), as: UTF8.self)
    }

    @Test("Folders are of mode 0700 and files of 0600, and each side finds what it needs")
    func made() throws {
        try withKeys(["gpu01", "gpu02"]) { keys in
            func check(_ path: String) throws {
                let isFolder = FileSystem.isDirectory(path)
                #expect(try FileSystem.othersRights(path).mode == (isFolder ? "0700" : "0600"), "\(path)")
                if isFolder { for name in try FileSystem.list(path) { try check("\(path)/\(name)") } }
            }
            try check(keys)
            let coordinator = try CoordinatorKeys("\(keys)/coordinator")
            let workers = try ["gpu01", "gpu02"].map { try WorkerKeys("\(keys)/\($0)") }
            #expect(coordinator.verdict(workers[0].publicKey) == .admitted(name: "gpu01"))
            #expect(coordinator.verdict(workers[1].publicKey) == .admitted(name: "gpu02"))
            #expect(coordinator.verdict(coordinator.pair.publicKey) == .unknown(remark: ""))
            #expect(
                try KeyFile(parsing: Array(text("\(keys)/gpu01/coordinator.key").utf8)).publicKey
                    == coordinator.pair.publicKey)
        }
    }

    @Test("Workers are added to a coordinator that has a key, taken off again, and no key is written over")
    func added() throws {
        try withKeys { keys in
            let coordinator = try CoordinatorKeys("\(keys)/coordinator")
            let secret = try text("\(keys)/coordinator/secret.key")
            let made = try KeyGeneration.make(in: keys, workers: ["gpu02"])
            #expect(made.map(\.holder) == ["gpu02"])
            #expect(try text("\(keys)/coordinator/secret.key") == secret)
            let added = try WorkerKeys("\(keys)/gpu02").publicKey
            #expect(coordinator.verdict(added) == .admitted(name: "gpu02"))
            try FileSystem.rename("\(keys)/coordinator/allowed/gpu02.key", to: "\(keys)/coordinator/allowed/gpu02.key~")
            #expect(coordinator.verdict(added) == .unknown(remark: ""), "an editor's copy is not on the list")
            let again = refusal { _ = try KeyGeneration.make(in: keys, workers: ["gpu03", "gpu01"]) }
            #expect(again.code == .cannotCreate && again.sentence.contains("gpu01"))
            #expect(!FileSystem.exists("\(keys)/gpu03"), "all or none")
            for name in ["", ".x", "a/b", "coordinator", "a b", String(repeating: "x", count: 65), "ä"] {
                #expect(refusal { _ = try KeyGeneration.make(in: keys, workers: [name]) }.code == .usage, "'\(name)'")
            }
            #expect(refusal { _ = try KeyGeneration.make(in: keys, workers: ["a", "a"]) }.code == .usage)
            try FileSystem.writeFile("\(keys)/file", [])
            let file = refusal { _ = try KeyGeneration.make(in: "\(keys)/file", workers: ["gpu04"]) }
            #expect(file.code == .cannotCreate && file.sentence.contains("is a file; keys need a folder"), "\(file)")
            chmod(keys, 0o750)
            let open = refusal { _ = try KeyGeneration.make(in: keys, workers: ["gpu04"]) }
            #expect(open.code == .noPermission && open.sentence.contains("0750"))
        }
    }

    @Test("Secret files that others can read, and any that others can change, are refused with the mode and the remedy")
    func modes() throws {
        try withKeys { keys in
            func check(_ path: String, _ mode: mode_t, _ read: () throws -> Void) throws {
                let before = try FileSystem.othersRights(path).mode
                chmod(path, mode)
                let (code, sentence) = refusal(read)
                #expect(code == .noPermission && sentence.contains(path) && sentence.contains("chmod"), "\(sentence)")
                chmod(path, mode_t(before, radix: 8) ?? 0)
                #expect(refusal(read).code == nil)
            }
            let coordinator = { _ = try CoordinatorKeys("\(keys)/coordinator") }
            let worker = { _ = try WorkerKeys("\(keys)/gpu01") }
            for mode in [0o644, 0o604, 0o622, 0o620] as [mode_t] {
                try check("\(keys)/coordinator/secret.key", mode, coordinator)
                try check("\(keys)/gpu01/secret.key", mode, worker)
            }
            try check("\(keys)/gpu01/coordinator.key", 0o664, worker)
            try check("\(keys)/coordinator/allowed/gpu01.key", 0o666, coordinator)
            try check("\(keys)/coordinator/allowed", 0o777, coordinator)
            // A group that this process is in may read a secret, as clusters mount it.
            for mode in [0o640, 0o440] as [mode_t] {
                chmod("\(keys)/gpu01/secret.key", mode)
                #expect(refusal(worker).code == nil)
            }
            // Public keys may be read by anybody.
            chmod("\(keys)/gpu01/coordinator.key", 0o644)
            #expect(refusal(worker).code == nil)
        }
    }

    @Test("Missing, garbled, swapped and misplaced files are named, with what was probably meant")
    func mistakes() throws {
        try withKeys { keys in
            let (own, worker) = ("\(keys)/coordinator", "\(keys)/gpu01")
            func check(_ code: ExitCode, _ parts: [String], _ body: () throws -> Void) {
                let seen = refusal(body)
                #expect(seen.code == code, "\(seen.sentence)")
                for part in parts { #expect(seen.sentence.contains(part), "\(seen.sentence)") }
            }
            check(.noInput, ["did you mean --keys \(own)"]) { _ = try CoordinatorKeys(keys) }
            check(.noInput, ["it is a worker's"]) { _ = try CoordinatorKeys(worker) }
            check(.noInput, ["snas keygen"]) { _ = try CoordinatorKeys("\(keys)/nowhere") }
            check(.noInput, ["it is the coordinator's"]) { _ = try WorkerKeys(own) }
            check(.noInput, ["did you mean --keys \(worker)"]) { _ = try WorkerKeys(keys) }
            let secret = try FileSystem.readFile("\(worker)/secret.key", limitBytes: 4096)
            let told = try FileSystem.readFile("\(worker)/coordinator.key", limitBytes: 4096)
            try FileSystem.writeFile("\(worker)/secret.key", told)
            check(.data, ["secret.key holds a public key"]) { _ = try WorkerKeys(worker) }
            try FileSystem.writeFile("\(worker)/secret.key", Array("no key at all".utf8))
            check(.data, ["secret.key is no key file"]) { _ = try WorkerKeys(worker) }
            try FileSystem.removeTree("\(worker)/secret.key")
            check(.noInput, ["there is no key file \(worker)/secret.key"]) { _ = try WorkerKeys(worker) }
            try FileSystem.createDirectory("\(worker)/secret.key")
            check(.inputOutput, ["cannot read \(worker)/secret.key"]) { _ = try WorkerKeys(worker) }
            #expect(try FileSystem.createExclusively("\(own)/allowed/x.key", secret, mode: 0o600))
            check(.data, ["x.key holds a secret key"]) { _ = try CoordinatorKeys(own) }
        }
    }

    @Test("While it runs, a file of the list that is no key hides no other, and a list that is gone lets nobody in")
    func running() throws {
        try withKeys(["zeta"]) { keys in
            let coordinator = try CoordinatorKeys("\(keys)/coordinator")
            let allowed = "\(keys)/coordinator/allowed"
            let listed = try WorkerKeys("\(keys)/zeta").publicKey
            #expect(try FileSystem.createExclusively("\(allowed)/a.key", Array("half a".utf8), mode: 0o600))
            #expect(coordinator.verdict(listed) == .admitted(name: "zeta"))
            let stranger = try CurveKeyPair.generated().publicKey
            guard case .unknown(let remark) = coordinator.verdict(stranger) else {
                Issue.record("a stranger was let in")
                return
            }
            #expect(remark.contains("a.key is no key file"))
            chmod(allowed, 0o777)
            guard case .undecided = coordinator.verdict(listed) else {
                Issue.record("a list that anybody can change was believed")
                return
            }
            try FileSystem.removeTree(allowed)
            guard case .undecided = coordinator.verdict(listed) else {
                Issue.record("a list that is gone was believed")
                return
            }
        }
    }
}
