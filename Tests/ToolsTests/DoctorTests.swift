import Host
import Messaging
import Testing
import Tools

/// What the doctor finds on this machine, and how it tells what is wrong.
@Suite
struct DoctorFindingsTests {
    @Test("A port is free until somebody listens there")
    func port() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let endpoint = try Endpoint(parsing: "ipc://\(folder)/port")
        let doctor = Doctor(folder: folder)
        #expect(doctor.port(endpoint).verdict == .fine)
        let router = try RouterSocket(try MessagingContext())
        let bound = try Endpoint(parsing: try router.bind(try Endpoint(parsing: "tcp://127.0.0.1:*")))
        let taken = doctor.port(bound)
        #expect(taken.verdict == .bad && taken.text.contains("in use"), "\(taken.text)")
    }

    @Test("The machine is looked at in five points; a folder that is not there is told as the disk's failure")
    func machine() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let findings = Doctor(folder: folder).machine()
        #expect(findings.map(\.subject) == ["processor", "open files", "memory", "clock", "disk"])
        #expect(findings[0].text.contains("\(HostInfo.coreCount()) cores"))
        #expect(findings[4].verdict != .bad && findings[4].text.contains("8 MB written and synced in"))
        #expect(try FileSystem.list(folder) == [], "the disk's trial is taken away again")
        let missing = Doctor(folder: "\(folder)/nowhere").machine()
        #expect(missing[4].verdict == .bad && missing[4].text == "no folder '\(folder)/nowhere'")
    }

    @Test("The temporary folder is looked at: one that is there, one that is too long for sockets, one that is missing")
    func temporaryFolder() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let doctor = Doctor(folder: folder)
        let fine = doctor.temporaryFolder(folder)
        #expect(fine.verdict == .fine && fine.text == "'\(folder)' can be written to", "\(fine.text)")
        let long = "\(folder)/\(String(repeating: "d", count: 100))"
        try FileSystem.createDirectory(long)
        let elsewhere = doctor.temporaryFolder(long)
        #expect(elsewhere.verdict == .fine && elsewhere.text.hasSuffix("which are made in '/tmp'"), "\(elsewhere.text)")
        let missing = doctor.temporaryFolder("\(folder)/nowhere")
        #expect(missing.verdict == .bad && missing.text.contains("TMPDIR"), "\(missing.text)")
        #expect(try FileSystem.list(folder).count == 1 && FileSystem.list(long) == [], "it leaves nothing behind")
    }

    @Test("Data and keys are told with what a run would use, or with why it would fail")
    func dataAndKeys() throws {
        let doctor = Doctor(folder: "/tmp")
        let digits = doctor.data(at: "digits")
        #expect(digits.verdict == .fine && digits.text.contains("1500 training images, 10 classes, SHA-256 "))
        #expect(doctor.data(at: "/nowhere").verdict == .bad)
        let keys = doctor.keys(at: "/nowhere")
        #expect(keys.verdict == .bad && keys.text.contains("/nowhere"))
    }
}
