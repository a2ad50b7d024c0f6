import Host
import Keys
import Messaging
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Key files: who makes them, and which are refused.
extension AdmissionTests {
    @Test(
        "Key files that others can read, that are missing, garbled or the other side's are refused before anything begins"
    )
    func files() throws {
        let place = try Place(workers: ["gpu01"])
        let (own, worker) = ("\(place.keys)/coordinator", "\(place.keys)/gpu01")
        let coordinator = [
            "coordinator", "--bind", "ipc://\(place.programs.folder)/s", "--run", "\(place.programs.folder)/run",
            "--keys",
        ]
        let dial = ["--connect", "ipc://\(place.programs.folder)/s", "--keys"]
        for (program, words, folder) in [("snas", coordinator, own), ("snas-worker", dial, worker)] {
            let file = "\(folder)/secret.key"
            let bytes = try FileSystem.readFile(file, limitBytes: 4096)
            chmod(file, 0o644)
            try expectRefusal(place, program, words + [folder], .noPermission, file, "0644", "chmod 600")
            chmod(file, 0o600)
            try FileSystem.writeFile(file, Array(bytes.dropLast(9)))
            try expectRefusal(place, program, words + [folder], .data, "\(file) is no key file", "line 6")
            try FileSystem.removeTree(file)
            try expectRefusal(place, program, words + [folder], .noInput, "there is no key file \(file)")
        }
        try expectRefusal(place, "snas", coordinator + [worker], .noInput, "it is a worker's")
        try expectRefusal(place, "snas-worker", dial + [own], .noInput, "it is the coordinator's")
        try expectRefusal(place, "snas-worker", dial + ["\(place.keys)/nowhere"], .noInput, "snas keygen")
    }

    @Test("snas keygen makes folders that both sides can use, tells public keys alone, and writes no key over")
    func keygen() throws {
        let programs = try Programs()
        let folder = "\(programs.folder)/new/keys"
        let made = try programs.run("snas", ["keygen", "--out", folder, "--worker", "a,b"])
        #expect(made.status == .exited(0), "\(made.notes)")
        let own = try CoordinatorKeys("\(folder)/coordinator").pair.publicKey
        let keys = try [own] + ["a", "b"].map { try WorkerKeys("\(folder)/\($0)").publicKey }
        let lines = made.output.split(separator: "\n")
        #expect(lines.count == 3)
        for (line, key) in zip(lines, keys) { #expect(line.hasSuffix("public key \(key)")) }
        let again = try programs.run("snas", ["keygen", "--out", folder, "--worker", "b"])
        #expect(again.status == .exited(ExitCode.cannotCreate.rawValue) && again.notes.contains("worker b"))
        let missing = try programs.run("snas", ["keygen"])
        #expect(missing.status == .exited(ExitCode.usage.rawValue) && missing.notes.contains("--out is missing"))
        #expect(try programs.run("snas", ["keygen", "--help"]).output.contains("usage: snas keygen"))
    }
}
