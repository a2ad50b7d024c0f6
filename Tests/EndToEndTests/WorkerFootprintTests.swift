import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A worker does what strangers' bytes say within its process: it writes to its cache folder and nowhere else, and starts
/// nothing.
struct WorkerFootprintTests {
    /// Calls that change files.
    private static let changing = [
        "creat", "mkdir", "mkdirat", "mknod", "mknodat", "rename", "renameat", "renameat2", "link", "linkat", "symlink",
        "symlinkat", "unlink", "unlinkat", "rmdir", "truncate", "chmod", "fchmodat", "chown", "lchown", "fchownat",
        "utimensat", "setxattr", "mount",
    ]

    private func tree(_ folder: String) throws -> [String] {
        try FileSystem.list(folder).flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            return [path] + (FileSystem.isDirectory(path) ? try tree(path) : [])
        }
    }

    /// Runs a worker through a whole search, in a folder of its own that is also its home and its place for temporary files.
    private func run(cache: Bool, under wrapper: [String]) throws -> (programs: Programs, home: [String]) {
        let programs = try Programs()
        let home = "\(programs.folder)/home"
        try FileSystem.createDirectory(home)
        let endpoint = "ipc://\(programs.folder)/socket"
        let coordinator = try programs.start(
            "snas", ["coordinator", "--bind", endpoint, "--run", "\(programs.folder)/run"] + Programs.small(),
            name: "coordinator")
        #expect(programs.wait(for: "waiting for workers", lines: 1, in: "coordinator.err"))
        let words = ["--connect", endpoint, "--threads", "1"] + (cache ? ["--cache", "\(programs.folder)/cache"] : [])
        let worker = try programs.start(
            "snas-worker", words, name: "worker",
            under: wrapper.map { $0 == "@" ? "\(programs.folder)/trace" : $0 } + [
                "env", "-C", home, "HOME=\(home)", "TMPDIR=\(home)", "XDG_CACHE_HOME=\(home)",
            ])
        #expect(worker.wait() == .exited(0), "\(programs.text("worker.err"))")
        #expect(coordinator.wait() == .exited(0), "\(programs.text("coordinator.err"))")
        return (programs, try tree(home))
    }

    @Test("Home, working folder and temporary folder stay empty; the cache holds the data set under its digest")
    func folders() throws {
        let (programs, home) = try run(cache: true, under: [])
        #expect(home.isEmpty)
        let cached = try tree("\(programs.folder)/cache")
        #expect(cached.count == 1 && cached.allSatisfy { $0.hasSuffix(".images") }, "\(cached)")
    }

    private static let hasTracer: Bool = {
        let child = try? ChildProcess("strace", ["-qq", "-o", "/dev/null", "true"], errorPath: "/dev/null")
        return child?.wait() == .exited(0)
    }()

    @Test(
        "Traced call by call, a worker opens no file for writing outside its cache and starts no program but itself",
        .enabled(if: hasTracer, "strace is not here, or may not trace"))
    func calls() throws {
        let tracer = ["strace", "-f", "-qq", "-s", "4096", "-o", "@", "-e", "trace=%file"]
        let (programs, _) = try run(cache: true, under: tracer)
        let lines = programs.text("trace").split(separator: "\n").map { line in
            line.drop { $0.isNumber }.drop { $0 == " " }
        }
        #expect(lines.contains { $0.hasPrefix("openat") })
        var written = 0
        for line in lines {
            let call = String(line.prefix { $0 != "(" })
            let opens = ["open", "openat", "openat2"].contains(call)
            let writes = opens && ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"].contains { line.contains($0) }
            if writes || Self.changing.contains(call) {
                written += 1
                #expect(line.contains("\"\(programs.folder)/cache"), "\(line)")
            }
            guard call.hasPrefix("exec") else { continue }
            let isOwn = ["env\"", "snas-worker\"", "\"/proc/self/exe\""].contains { line.prefix(400).contains($0) }
            #expect(isOwn || line.contains("ENOENT"), "\(line)")
        }
        #expect(written >= 3, "the cache's folder, file and its renaming")
        let bare = try run(cache: false, under: tracer).programs
        for line in bare.text("trace").split(separator: "\n") {
            #expect(!["O_WRONLY", "O_RDWR", "O_CREAT"].contains { line.contains($0) }, "\(line)")
        }
    }
}
