import Host
import Testing

/// The temporary folder as users and schedulers set it.
@Suite
struct TemporaryFolderRunTests {
    private static let search = [
        "local", "--workers", "1", "--threads", "1", "--layers", "1", "--nodes", "1", "--init_channels", "2",
        "--max_steps", "1",
        "--evaluation_images", "10", "--recalibration_images", "64",
    ]

    @Test("A TMPDIR whose path is too long for sockets runs, and a missing one is named before a run's folder is made")
    func temporaryFolders() throws {
        let programs = try Programs()
        let long = "\(programs.folder)/\(String(repeating: "d", count: 100))"
        try FileSystem.createDirectory(long)
        let words = Self.search + ["--run", "\(programs.folder)/run"]
        let missing = try programs.run("snas", words, under: ["env", "TMPDIR=/nowhere"])
        #expect(missing.status == .exited(ExitCode.cannotCreate.rawValue), "\(missing.notes)")
        #expect(missing.notes.contains("cannot create a folder in /nowhere") && missing.notes.contains("TMPDIR"))
        #expect(!FileSystem.exists("\(programs.folder)/run"))
        let done = try programs.run("snas", words, under: ["env", "TMPDIR=\(long)"])
        #expect(done.status == .exited(0), "\(done.notes)")
        #expect(try FileSystem.list(long) == [], "nothing is left behind")
    }
}
