import Host
import Launching
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A bundle on its way to a host, and there.
@Suite
struct BundleCopyTests {
    @Test(
        "It is sent once into a folder of its user's alone, is found again without being sent, and starts with its own libraries"
    )
    func once() throws {
        let host = try BundleHost()
        let bundle = try host.standIn()
        let script = BundleScript(bundle)
        let absent = try host.run(script.probe)
        #expect(absent.status == .exited(0) && BundleAnswer(absent.output, of: bundle) == .absent, "\(absent)")
        #expect(try FileSystem.list(host.home) == [], "a probe writes nothing")

        let archive = try BundleArchive(of: bundle)
        let received = try host.run(script.receive, input: archive.path)
        let program = "\(host.place)/\(bundle.digest)/snas-worker"
        #expect(received.status == .exited(0) && received.notes == "", "\(received)")
        #expect(BundleAnswer(received.output, of: bundle) == .there(program: program))
        #expect(try host.mode("\(host.home)/.cache") == "0700" && host.mode(host.place) == "0700")
        #expect(try host.mode(FileSystem.parent(of: program)) == "0700" && host.mode(program) == "0700")
        #expect(try FileSystem.list(host.place) == [bundle.digest])
        #expect(try FileSystem.list(FileSystem.parent(of: program)) == bundle.files.map(\.name))

        #expect(BundleAnswer(try host.run(script.probe).output, of: bundle) == .there(program: program))
        try FileSystem.writeFile("\(host.folder)/words", Array("from standard input".utf8))
        let started = try host.run(
            script.start(["ask", "it's", "$HOME *"]), input: "\(host.folder)/words", environment: ["STAND_IN_CODE=75"])
        #expect(started.output == "ask|it's|$HOME *|\(FileSystem.parent(of: program))|from standard input")
        #expect(started.status == .exited(75), "its exit code is the program's")
        let mask = try host.run("umask 027; " + script.start(["mask"]))
        #expect(
            mask.output.hasSuffix("|0027\n"), "the program's files have the modes that the host gives them: \(mask)")
        let more = try host.run(script.start(["x"]), environment: ["LD_LIBRARY_PATH=/opt/torch/lib"])
        #expect(more.output == "x|\(FileSystem.parent(of: program)):/opt/torch/lib|")
    }

    @Test("XDG_CACHE_HOME is asked first, and a cache that is a link to another disk is taken")
    func places() throws {
        let host = try BundleHost()
        let bundle = try host.standIn()
        let archive = try BundleArchive(of: bundle)
        let other = "\(host.folder)/other cache"
        let asked = try host.run(
            BundleScript(bundle).receive, input: archive.path, environment: ["XDG_CACHE_HOME=\(other)"])
        #expect(asked.output == "\(other)/snas/\(bundle.digest)/snas-worker\n", "\(asked)")
        #expect(symlink(other, "\(host.home)/.cache") == 0)
        let linked = try host.run(BundleScript(bundle).probe)
        #expect(linked.output == asked.output, "\(linked)")
    }

    enum Damage: String, CaseIterable {
        case changed, shorter, missing, added, notExecutable, empty
    }

    @Test(
        "A damaged folder does not start, is told as absent, and is replaced when it is sent again",
        arguments: Damage.allCases)
    func damaged(_ damage: Damage) throws {
        let host = try BundleHost()
        let bundle = try host.standIn()
        let script = BundleScript(bundle)
        let archive = try BundleArchive(of: bundle)
        _ = try host.run(script.receive, input: archive.path)
        let folder = "\(host.place)/\(bundle.digest)"
        switch damage {
        case .changed:
            try FileSystem.writeFile("\(folder)/libdispatch.so", Array("libdispatch.so is mo library\n".utf8))
        case .shorter: try FileSystem.writeFile("\(folder)/libdispatch.so", [])
        case .missing: try FileSystem.removeTree("\(folder)/libswiftCore.so")
        case .added: try FileSystem.writeFile("\(folder)/libc.so.6", [1])
        case .notExecutable: #expect(chmod("\(folder)/snas-worker", 0o600) == 0)
        case .empty:
            try FileSystem.removeTree(folder)
            try FileSystem.createDirectory(folder, mode: 0o700)
        }
        let started = try host.run(script.start(["x"]))
        #expect(started.status == .exited(75) && started.output == "", "\(started)")
        #expect(started.notes.contains("is damaged or gone; it has to be sent again"))
        #expect(BundleAnswer(try host.run(script.probe).output, of: bundle) == .absent)
        let again = try host.run(script.receive, input: archive.path)
        #expect(again.status == .exited(0), "\(again)")
        #expect(try host.run(script.start(["x"])).output == "x|\(folder)|")
        #expect(try FileSystem.list(host.place) == [bundle.digest])
    }

    @Test("Four that are sent at once leave one whole folder, and all four name it")
    func atOnce() throws {
        let host = try BundleHost()
        let bundle = try host.standIn()
        let archive = try BundleArchive(of: bundle)
        let children = try (0..<4).map { _ in try host.start(BundleScript(bundle).receive, input: archive.path) }
        for (child, name) in children {
            let outcome = host.finish(child, name)
            #expect(outcome.output == "\(host.place)/\(bundle.digest)/snas-worker\n", "\(outcome)")
        }
        #expect(try FileSystem.list(host.place) == [bundle.digest])
        #expect(try FileSystem.list("\(host.place)/\(bundle.digest)") == bundle.files.map(\.name))
    }

    @Test("A stream that is cut, or that holds something else, leaves nothing there and ends with 74")
    func streams() throws {
        let host = try BundleHost()
        let bundle = try host.standIn()
        let archive = try BundleArchive(of: bundle)
        let bytes = try FileSystem.readFile(archive.path, limitBytes: 1 << 20)
        let cut = "\(host.folder)/cut"
        try FileSystem.writeFile(cut, Array(bytes.prefix(bytes.count / 2)))
        let other = try BundleArchive(
            of: try ProgramBundle(program: "\(host.folder)/source/snas-worker", runtime: [:]))
        for (input, words) in [
            (cut, "cannot unpack the program in"), ("/dev/null", "cannot unpack the program in"),
            (other.path, "is not the program that was sent"),
        ] {
            let outcome = try host.run(BundleScript(bundle).receive, input: input)
            #expect(outcome.status == .exited(74) && outcome.output == "", "\(outcome)")
            #expect(outcome.notes.hasPrefix("snas: ") && outcome.notes.contains(words), "\(outcome.notes)")
            #expect(outcome.notes.split(separator: "\n").count == 1, "\(outcome.notes)")
            #expect(try FileSystem.list(host.place) == [])
        }
    }

    @Test("Folders of other bundles go after thirty days without use, and what a transfer left after a day")
    func swept() throws {
        let host = try BundleHost()
        let bundle = try host.standIn()
        let archive = try BundleArchive(of: bundle)
        func made(_ name: String, days: Int) throws {
            try FileSystem.createDirectory("\(host.place)/\(name)/inner", mode: 0o700)
            let moment = timeval(tv_sec: time(nil) - 86_400 * days - 3600, tv_usec: 0)
            #expect(utimes("\(host.place)/\(name)", [moment, moment]) == 0)
        }
        let (old, recent) = (String(repeating: "a", count: 64), String(repeating: "b", count: 64))
        try made(old, days: 40)
        try made(recent, days: 20)
        try made("mine", days: 400)
        try made(".new.abcdef", days: 2)
        try made(".new.ghijkl", days: 0)
        #expect(chmod(host.place, 0o700) == 0)
        #expect(chmod("\(host.home)/.cache", 0o700) == 0)
        _ = try host.run(BundleScript(bundle).receive, input: archive.path)
        #expect(try FileSystem.list(host.place) == [".new.ghijkl", bundle.digest, recent, "mine"].sorted())
    }
}
