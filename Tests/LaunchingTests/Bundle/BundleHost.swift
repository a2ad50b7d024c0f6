import Host
import Launching
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A host as a launcher sees it: a shell with a home of its own, and nothing else of ours in its environment.
final class BundleHost {
    let folder: String
    /// A name that has every sign that shells read.
    let home: String
    private var count = 0

    init() throws {
        folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        home = "\(folder)/it's \"my\" home & (all) *"
        try FileSystem.createDirectory(home)
        try FileSystem.createDirectory("\(folder)/tools")
    }

    deinit { try? FileSystem.removeTree(folder) }

    struct Outcome {
        let status: ProcessStatus
        let output: String
        let notes: String
    }

    /// - Parameters:
    ///   - input: a file that becomes standard input.
    ///   - place: `HOME`; nil is this host's.
    ///   - wrapper: what starts the shell.
    func run(
        _ script: String, input: String = "/dev/null", home place: String? = nil, environment: [String] = [],
        under wrapper: [String] = []
    ) throws -> Outcome {
        let (child, name) = try start(script, input: input, home: place, environment: environment, under: wrapper)
        return finish(child, name)
    }

    func start(
        _ script: String, input: String = "/dev/null", home place: String? = nil, environment: [String] = [],
        under wrapper: [String] = []
    ) throws -> (ChildProcess, name: String) {
        count += 1
        let name = "\(folder)/run\(count)"
        // The outer shell opens the input; the script has the inner one for itself.
        let words =
            [
                "env", "-i", "HOME=\(place ?? home)", "PATH=\(folder)/tools:/usr/bin:/bin", "TZ=UTC",
            ] + environment + ["sh", "-c", script]
        let child = try ChildProcess(
            "sh", ["-c", #"input=$1; shift; exec "$@" < "$input""#, "sh", input] + wrapper + words,
            outputPath: "\(name).out", errorPath: "\(name).err")
        return (child, name)
    }

    /// Ends a shell that does not end by itself.
    func finish(_ child: ChildProcess, _ name: String) -> Outcome {
        for _ in 0..<6000 where child.poll() == nil { usleep(10_000) }
        child.send(signal: SIGKILL)
        return Outcome(status: child.wait(), output: text("\(name).out"), notes: text("\(name).err"))
    }

    func text(_ path: String) -> String {
        String(decoding: (try? FileSystem.readFile(path, limitBytes: 1 << 24)) ?? [], as: UTF8.self)
    }

    /// Puts a program of the host's, a shell script, in front of the real one of that name.
    func install(_ name: String, _ text: String) throws {
        try Self.writeProgram("\(folder)/tools/\(name)", text)
    }

    static func writeProgram(_ path: String, _ text: String) throws {
        try FileSystem.writeFile(path, Array("#!/bin/sh\n\(text)\n".utf8))
        #expect(chmod(path, 0o755) == 0)
    }

    /// What is sent in place of the real program, which takes seconds to pack: a script that says what it is started with, and
    /// libraries of a few bytes.
    func standIn() throws -> ProgramBundle {
        let source = "\(folder)/source"
        try FileSystem.createDirectory(source)
        try Self.writeProgram(
            "\(source)/snas-worker",
            #"printf '%s|' "$@" "$LD_LIBRARY_PATH"; [ "$1" != ask ] || cat; [ "$1" != mask ] || umask; exit "${STAND_IN_CODE:-0}""#
        )
        for name in ["libswiftCore.so", "libdispatch.so"] {
            try FileSystem.writeFile("\(source)/\(name)", Array("\(name) is no library\n".utf8))
        }
        return try ProgramBundle(
            program: "\(source)/snas-worker",
            runtime: [
                "libswiftCore.so": "\(source)/libswiftCore.so", "libdispatch.so": "\(source)/libdispatch.so",
            ])
    }

    /// The programs that this build made.
    static func builtWorker() throws -> String {
        FileSystem.parent(of: try #require(HostInfo.executablePath())) + "/snas-worker"
    }

    /// The folder of all bundles.
    var place: String { "\(home)/.cache/snas" }

    func mode(_ path: String) throws -> String { try FileSystem.othersRights(path).mode }
}
