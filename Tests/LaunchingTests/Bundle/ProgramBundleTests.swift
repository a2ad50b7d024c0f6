import Formats
import Host
import Launching
import Testing

/// Which files are copied to a host that has no program.
@Suite
struct ProgramBundleTests {
    @Test("Of a loader's list the Swift runtime is what lies where libswiftCore does, not where the C library does")
    func runtime() {
        let core = "libswiftCore.so => /opt/tools/linux/libswiftCore.so (0x1)\n"
        let system = """
            \tlinux-vdso.so.1 (0x00007ffd)
            \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)
            \tlibtorch_cpu.so.1.13 => not found
            \tlibdispatch.so => /opt/tools/linux/libdispatch.so (0x00007f)
            \tlibzmq.so.5 => /lib/x86_64-linux-gnu/libzmq.so.5 (0x00007f)
            \t/lib64/ld-linux-x86-64.so.2 (0x00007f)

            """
        #expect(
            SharedLibraries(listed: system + core).swiftRuntime == [
                "libswiftCore.so": "/opt/tools/linux/libswiftCore.so",
                "libdispatch.so": "/opt/tools/linux/libdispatch.so",
            ])
        #expect(SharedLibraries(listed: system).swiftRuntime == [:], "it is linked into the program")
        let packaged = "libswiftCore.so => /lib/x86_64-linux-gnu/libswiftCore.so (0x1)\n"
        #expect(SharedLibraries(listed: system + packaged).swiftRuntime == [:], "the system's packages bring it")
        #expect(SharedLibraries(listed: "\tnot a dynamic executable\n").paths == [:])
    }

    @Test("The worker of this build goes with its Swift runtime, and without libtorch, libzmq and the system's own")
    func ofThisBuild() throws {
        let bundle = try ProgramBundle(of: try BundleHost.builtWorker())
        let names = bundle.files.map(\.name)
        #expect(names.contains("snas-worker") && names.contains("libswiftCore.so") && names.contains("libdispatch.so"))
        #expect(
            names.allSatisfy {
                $0 == "snas-worker" || $0.hasPrefix("libswift") || $0.hasPrefix("lib") && $0.hasSuffix(".so")
            })
        for word in ["libtorch", "libc10", "libzmq", "libsodium", "libc.", "libstdc++"] {
            #expect(names.filter { $0.hasPrefix(word) } == [], "\(word)")
        }
        #expect(names == names.sorted() && bundle.bytes == bundle.files.reduce(0) { $0 + $1.bytes })
        #expect(bundle.machine.map(ProgramVersion.build.contains) == true, "\(bundle.machine ?? "none")")
        let core = try #require(bundle.files.first { $0.name == "libswiftCore.so" })
        #expect(FileSystem.size(core.path) == core.bytes)
    }

    @Test("The digest is of names, sizes and contents, not of where the files lie")
    func digest() throws {
        let (host, other) = (try BundleHost(), try BundleHost())
        let bundle = try host.standIn()
        #expect(try bundle.digest == other.standIn().digest)
        let text = bundle.files.map { "\($0.name) \($0.bytes) \($0.digest)\n" }.joined()
        #expect(bundle.digest == Hexadecimal.string(SHA256.digest(Array(text.utf8))) && bundle.digest.count == 64)
        let library = "\(other.folder)/source/libdispatch.so"
        try FileSystem.writeFile(library, Array("libdispatch.so is a library\n".utf8))
        let program = "\(other.folder)/source/snas-worker"
        let core = "\(other.folder)/source/libswiftCore.so"
        let changed = try ProgramBundle(
            program: program, runtime: ["libswiftCore.so": core, "libdispatch.so": library])
        let renamed = try ProgramBundle(program: program, runtime: ["libswiftCore.so": core, "libother.so": library])
        #expect(Set([bundle.digest, changed.digest, renamed.digest]).count == 3)
    }

    @Test(
        "A program that is not there, a library that is gone, and names that tools would take for something else are refused"
    )
    func refused() throws {
        let host = try BundleHost()
        let program = "\(host.folder)/source/snas-worker"
        #expect { try ProgramBundle(of: program) } throws: {
            ($0 as? UserError)?.exitCode == .noInput && $0.userSentence.contains("no program '\(program)'")
        }
        _ = try host.standIn()
        #expect { try ProgramBundle(program: program, runtime: ["libgone.so": "\(host.folder)/libgone.so"]) } throws: {
            ($0 as? UserError)?.exitCode == .noInput && $0.userSentence.contains("libgone.so")
        }
        for name in ["-rf", ".hidden", "a b", "a'b", "a\nb", "a\\b", "ä"] {
            #expect { try ProgramBundle(program: program, runtime: [name: program]) } throws: {
                ($0 as? UserError)?.exitCode == .data
            }
        }
        let many = Dictionary(uniqueKeysWithValues: (0..<64).map { ("lib\($0).so", program) })
        #expect(throws: UserError.self) { try ProgramBundle(program: program, runtime: many) }
    }

    @Test("An answer is the last line that a host prints, and only a path of this bundle's or the word for none")
    func answers() throws {
        let bundle = try BundleHost().standIn()
        let path = "/home/me/.cache/snas/\(bundle.digest)/snas-worker"
        #expect(BundleAnswer("Welcome!\n\(path)\n", of: bundle) == .there(program: path))
        #expect(BundleAnswer("Welcome!\nabsent\n", of: bundle) == .absent)
        for other in [
            "", "\n", "absent from\n", "/bin/sh\n", "me/snas/\(bundle.digest)/snas-worker\n", "\(path)\nbye\n",
        ] {
            #expect(BundleAnswer(other, of: bundle) == nil, "\(other)")
        }
    }
}
