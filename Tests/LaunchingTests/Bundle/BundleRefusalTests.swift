import Host
import Launching
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What a host says where no program can be put, or none runs.
@Suite
struct BundleRefusalTests {
    private func expect(_ outcome: BundleHost.Outcome, _ code: Int32, _ words: String, _ comment: Comment? = nil) {
        #expect(outcome.status == .exited(code) && outcome.output == "", "\(outcome)")
        #expect(outcome.notes.hasPrefix("snas: ") && outcome.notes.contains(words), "\(outcome.notes)")
        #expect(outcome.notes.split(separator: "\n").count == 1, "one sentence: \(outcome.notes)")
    }

    @Test("No program is taken from a folder that others may write to, or that is a link: all three refuse it with 77")
    func othersMayWrite() throws {
        let host = try BundleHost()
        let bundle = try host.standIn()
        let script = BundleScript(bundle)
        let archive = try BundleArchive(of: bundle)
        _ = try host.run(script.receive, input: archive.path)
        let folder = "\(host.place)/\(bundle.digest)"
        func refused(_ words: String) throws {
            for text in [script.probe, script.start(["x"]), script.receive] {
                expect(try host.run(text, input: archive.path), 77, words)
            }
        }
        for path in [folder, host.place] {
            for mode: mode_t in [0o720, 0o702, 0o777] {
                #expect(chmod(path, mode) == 0)
                try refused("'\(path)' on this host is not a folder of this user's that only this user may write to")
            }
            #expect(chmod(path, 0o755) == 0)
            #expect(try host.run(script.probe).status == .exited(0), "others may read it")
        }
        #expect(chmod("\(host.home)/.cache", 0o777) == 0)
        try refused("everybody may rename what lies in it")
        #expect(chmod("\(host.home)/.cache", 0o1777) == 0)
        #expect(try host.run(script.probe).status == .exited(0), "a sticky folder keeps others from that")
        try FileSystem.rename(folder, to: "\(host.folder)/moved")
        #expect(symlink("\(host.folder)/moved", folder) == 0)
        try refused("'\(folder)' on this host is not a folder of this user's")
    }

    @Test(
        "No program is taken from another user's folder", .enabled(if: geteuid() == 0, "only root gives folders away"))
    func othersFolder() throws {
        let host = try BundleHost()
        let bundle = try host.standIn()
        let script = BundleScript(bundle)
        let archive = try BundleArchive(of: bundle)
        _ = try host.run(script.receive, input: archive.path)
        for path in ["\(host.place)/\(bundle.digest)", host.place, "\(host.home)/.cache"] {
            #expect(chown(path, 65534, 65534) == 0)
            for text in [script.probe, script.start(["x"]), script.receive] {
                expect(try host.run(text, input: archive.path), 77, "'\(path)' on this host is ")
            }
            #expect(chown(path, 0, 0) == 0)
        }
    }

    @Test(
        "Libraries that the host lacks are named with the packages that bring them, by the probe and when they were sent"
    )
    func libraries() throws {
        let host = try BundleHost()
        let bundle = try host.standIn()
        let script = BundleScript(bundle)
        let archive = try BundleArchive(of: bundle)
        try host.install(
            "ldd",
            """
            case "$LD_LIBRARY_PATH" in */\(bundle.digest)) ;; *) exit 1 ;; esac
            for name in libzmq.so.5 libsodium.so.23 libyaml-0.so.2 libxxhash.so.0 libtorch_cpu.so.1.13 libc10.so.1.13 \\
                libz.so.1 libstdc++.so.6 libgcc_s.so.1; do
                printf '\\t%s => not found\\n' "$name"
            done
            printf '\\tlibc.so.6 => /lib/libc.so.6 (0x1)\\n'
            """)
        for text in [script.receive, script.probe] {
            let outcome = try host.run(text, input: archive.path)
            expect(
                outcome, 69, "this host lacks libc10.so.1.13 libgcc_s.so.1 libsodium.so.23 libstdc++.so.6 libtorch_cpu")
            #expect(
                outcome.notes.hasSuffix(
                    "; on Debian: apt install libgcc-s1 libsodium23 libstdc++6 libtorch1.13 libxxhash0 libyaml-0-2 libzmq5 zlib1g\n"
                ), "\(outcome.notes)")
        }
        try FileSystem.removeTree("\(host.folder)/tools/ldd")
        #expect(try host.run(script.probe).status == .exited(0), "installed meanwhile: it was not sent in vain")
    }

    @Test("A host with another kind of processor is told before anything is sent, with 76")
    func otherMachine() throws {
        let host = try BundleHost()
        for (number, machine, other) in [(UInt8(62), "x86_64", "aarch64"), (183, "aarch64", "x86_64")] {
            let source = "\(host.folder)/\(machine)"
            try FileSystem.createDirectory(source)
            try FileSystem.writeFile(
                "\(source)/snas-worker", [0x7F] + "ELF".utf8 + [UInt8](repeating: 0, count: 14) + [number, 0])
            let bundle = try ProgramBundle(program: "\(source)/snas-worker", runtime: [:])
            try host.install("uname", "echo \(other)")
            expect(
                try host.run(BundleScript(bundle).probe), 76,
                "this host's processor is \(other), and the program is for \(machine)")
            try host.install("uname", "echo \(machine)")
            #expect(BundleAnswer(try host.run(BundleScript(bundle).probe).output, of: bundle) == .absent)
        }
    }

    @Test(
        "A program that does not run there is told with its own words, and a host without tar or sha256sum with theirs")
    func doesNotRun() throws {
        let host = try BundleHost()
        let bundle = try host.standIn()
        let script = BundleScript(bundle)
        let archive = try BundleArchive(of: bundle)
        let broken = try host.run(script.receive, input: archive.path, environment: ["STAND_IN_CODE=3"])
        expect(broken, 69, "the program does not run on this host (exit code 3)")
        for tool in ["tar", "gzip", "sha256sum"] {
            let tools = "\(host.folder)/no-\(tool)"
            try FileSystem.createDirectory(tools)
            for name in ["sh", "find", "sha256sum", "tar", "gzip", "mktemp", "id", "ls", "wc", "mkdir", "rm"]
            where name != tool {
                let real = try #require(["/usr/bin/\(name)", "/bin/\(name)"].first(where: FileSystem.exists))
                #expect(symlink(real, "\(tools)/\(name)") == 0)
            }
            let outcome = try host.run(script.receive, input: archive.path, environment: ["PATH=\(tools)"])
            expect(outcome, 69, "this host has no \(tool)")
        }
    }

    @Test(
        "A host without a place for the folder says so with 73: no HOME, one that is no path, a file on the way, a name that libraries are not found behind"
    )
    func noPlace() throws {
        let host = try BundleHost()
        let bundle = try host.standIn()
        let script = BundleScript(bundle)
        let archive = try BundleArchive(of: bundle)
        try FileSystem.writeFile("\(host.folder)/file", [])
        let homes = [
            "": "names no HOME", "relative": "by no path from the root", "\(host.folder)/file": "Not a directory",
            "/proc/self": "cannot make the folder '/proc/self/.cache' on this host: No such file or directory",
            "\(host.folder)/a:b": "has a sign in its name", "\(host.folder)/$LIB": "has a sign in its name",
            "\(host.folder)/a\nb": "has a sign in its name",
        ]
        for (home, words) in homes {
            let outcome = try host.run(script.receive, input: archive.path, home: home)
            #expect(outcome.status == .exited(73) && outcome.output == "", "\(home): \(outcome)")
            #expect(outcome.notes.contains(words), "\(home): \(outcome.notes)")
        }
        #expect(try FileSystem.list(host.folder).filter { !$0.hasPrefix("run") }.count == 4, "nothing was made")
    }

    @Test(
        "A full disk is told with 74, and what was written is taken away",
        .enabled(if: Mounts.areAllowed, "no mount namespaces"))
    func fullDisk() throws {
        let host = try BundleHost()
        let source = "\(host.folder)/large"
        try FileSystem.createDirectory(source)
        try BundleHost.writeProgram(
            "\(source)/snas-worker", "exit 0\n# " + String(repeating: "padding ", count: 50_000))
        let bundle = try ProgramBundle(program: "\(source)/snas-worker", runtime: [:])
        let archive = try BundleArchive(of: bundle)
        let script = "\(BundleScript(bundle).receive)"
        func receive() throws -> BundleHost.Outcome {
            try host.run(
                #"mount -t tmpfs -o size=100k tmpfs "$HOME" || exit 1; code=0; sh -c "$SCRIPT" || code=$?; ls -A "$HOME/.cache/snas"; exit $code"#,
                input: archive.path, environment: ["SCRIPT=\(script)"], under: Mounts.namespace)
        }
        let outcome = try receive()
        expect(
            outcome, 74, "the program takes \((bundle.bytes + 1023) / 1024) KB in '\(host.place)' on this host, and ")
        #expect(outcome.notes.hasSuffix(" KB are free there\n"), "\(outcome.notes)")
        // A quota is seen by nobody before it is reached.
        try host.install("df", "exit 1")
        expect(try receive(), 74, "cannot unpack the program in '\(host.place)' on this host: tar: ")
    }
}

/// Mount namespaces, in which a test hides folders from a program.
enum Mounts {
    /// In front of a command: what it mounts is gone with it.
    static let namespace = geteuid() == 0 ? ["unshare", "--mount"] : ["unshare", "--map-root-user", "--mount"]

    static let areAllowed: Bool = {
        let words = Array(namespace.dropFirst()) + ["mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        let child = try? ChildProcess(namespace[0], words, outputPath: "/dev/null", errorPath: "/dev/null")
        return child?.wait() == .exited(0)
    }()
}
