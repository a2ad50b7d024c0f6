import Host
import Keys
import Messaging
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Whose key files are believed, by their modes, owners and mounts: of a process of user 1000 in the groups 1000 and 2000.
struct KeyRightsTests {
    private let judge = KeyRights(user: 1000, groups: [1000, 2000])

    private func objection(
        _ bits: UInt32, owner: UInt32 = 1000, group: UInt32 = 1000, isMountReadOnly: Bool = false, isSecret: Bool = true
    ) -> String? {
        let rights = FileSystem.OthersRights(bits: bits, owner: owner, group: group, isOnReadOnlyMount: isMountReadOnly)
        return judge.objection(to: "/keys/secret.key", rights, isSecret: isSecret)
    }

    @Test(
        "A secret of this user's or of root's is believed that a group of this process may read, as a Secret is mounted"
    )
    func secrets() {
        #expect(objection(0o600) == nil)
        #expect(objection(0o400, owner: 0) == nil)
        #expect(objection(0o440, owner: 0, group: 2000) == nil, "a Kubernetes Secret with fsGroup 2000")
        #expect(objection(0o640, group: 2000) == nil)
        #expect(objection(0o440, group: 3000)?.contains("members of the group 3000") == true)
        #expect(objection(0o444, owner: 0, group: 2000)?.contains("others can read") == true)
        #expect(objection(0o644, isSecret: false) == nil, "a public key may be read by anybody")
    }

    @Test("Others' files are not believed, whatever their mode; to root only its own are")
    func owners() {
        #expect(
            objection(0o600, owner: 1001)?.contains(
                "belongs to user 1001, neither to this process's user 1000 nor to root") == true)
        #expect(objection(0o644, owner: 1001, isSecret: false)?.contains("chown 1000 /keys/secret.key") == true)
        let root = KeyRights(user: 0, groups: [0])
        let rights = FileSystem.OthersRights(bits: 0o600, owner: 1001, group: 0)
        #expect(root.objection(to: "/k", rights, isSecret: true)?.contains("belongs to user 1001, not to root") == true)
    }

    @Test("What others can change is not believed, unless its mount lets nobody change anything")
    func changes() {
        #expect(objection(0o660, group: 2000)?.contains("others can change") == true, "nor a group of this process")
        #expect(objection(0o622, isSecret: false)?.contains("others can change") == true)
        #expect(objection(0o666, isMountReadOnly: true, isSecret: false) == nil)
        #expect(objection(0o666, isMountReadOnly: true)?.contains("others can read") == true)
    }

    @Test(
        "The remedy works where it is named: no chmod on a read-only mount, as root for root's file, paths as a shell wants them"
    )
    func remedies() throws {
        #expect(objection(0o644)?.contains(": chmod 600 /keys/secret.key, or make a new one") == true)
        let mounted = try #require(objection(0o644, owner: 0, isMountReadOnly: true))
        #expect(!mounted.contains("chmod") && mounted.contains("read-only") && mounted.contains("defaultMode: 0400"))
        #expect(objection(0o644, owner: 0)?.contains("as root: chmod o-rwx /keys/secret.key") == true)
        let rights = FileSystem.OthersRights(bits: 0o666, owner: 1000, group: 1000)
        #expect(
            judge.objection(to: "/my keys/it's.key", rights, isSecret: false)?.hasSuffix(
                "chmod go-w '/my keys/it'\\''s.key'") == true)
    }

    @Test(
        "A folder is judged by what others can change there: in one of mode 1777 nothing that is ours, in one of 0777 all"
    )
    func folders() {
        func objection(_ bits: UInt32, owner: UInt32 = 1000, isMountReadOnly: Bool = false) -> String? {
            judge.objection(
                toFolder: "/list",
                FileSystem.OthersRights(bits: bits, owner: owner, group: 1000, isOnReadOnlyMount: isMountReadOnly))
        }
        #expect(objection(0o1777, owner: 0) == nil && objection(0o3777, owner: 0) == nil && objection(0o755) == nil)
        #expect(objection(0o777, owner: 0, isMountReadOnly: true) == nil)
        #expect(objection(0o777)?.contains("let in whom they like: chmod go-w /list") == true)
        #expect(objection(0o775)?.contains("others can change") == true)
        #expect(objection(0o1777, owner: 1001)?.contains("belongs to user 1001") == true)
    }

    private func sentence(_ body: () throws -> Void) -> String {
        do { try body() } catch { return error.userSentence }
        return "accepted"
    }

    @Test("Keys as Kubernetes mounts them: links into a folder of the day, mode 0440, in a folder of mode 1777")
    func mounted() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        _ = try KeyGeneration.make(in: "\(folder)/made", workers: ["gpu01"])
        let (made, mount) = ("\(folder)/made/coordinator", "\(folder)/mount")
        try FileSystem.createDirectory("\(mount)/..2026_01_01/allowed")
        for name in ["secret.key", "allowed/gpu01.key"] {
            try FileSystem.writeFile(
                "\(mount)/..2026_01_01/\(name)", FileSystem.readFile("\(made)/\(name)", limitBytes: 4096))
            chmod("\(mount)/..2026_01_01/\(name)", 0o440)
        }
        symlink("..2026_01_01", "\(mount)/..data")
        for name in ["secret.key", "allowed"] { symlink("..data/\(name)", "\(mount)/\(name)") }
        for path in [mount, "\(mount)/..2026_01_01", "\(mount)/..2026_01_01/allowed"] { chmod(path, 0o1777) }
        let keys = try CoordinatorKeys(mount)
        #expect(keys.names == ["gpu01"])
        #expect(keys.verdict(try WorkerKeys("\(folder)/made/gpu01").publicKey) == .admitted(name: "gpu01"))
        chmod("\(mount)/..2026_01_01/secret.key", 0o444)
        #expect(sentence { _ = try CoordinatorKeys(mount) }.contains("others can read \(mount)/secret.key (mode 0444)"))
    }

    @Test("Another user's file, link or folder is believed in no place", .enabled(if: geteuid() == 0))
    func strangers() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        _ = try KeyGeneration.make(in: folder, workers: ["gpu01"])
        let (own, worker) = ("\(folder)/coordinator", "\(folder)/gpu01")
        let coordinator = try CoordinatorKeys(own)
        let listed = try WorkerKeys(worker).publicKey
        chown("\(worker)/coordinator.key", 12_345, 0)
        #expect(sentence { _ = try WorkerKeys(worker) }.contains("\(worker)/coordinator.key belongs to user 12345"))
        chmod("\(own)/allowed", 0o1777)
        #expect(coordinator.verdict(listed) == .admitted(name: "gpu01"))
        // A stranger adds a link to a key of ours that is on no list.
        try FileSystem.rename("\(own)/allowed/gpu01.key", to: "\(folder)/gone.key")
        symlink("\(folder)/gone.key", "\(own)/allowed/mine.key")
        #expect(coordinator.verdict(listed) == .admitted(name: "mine"))
        lchown("\(own)/allowed/mine.key", 12_345, 0)
        guard case .unknown(let remark) = coordinator.verdict(listed) else {
            Issue.record("a stranger's link was believed")
            return
        }
        #expect(remark.contains("mine.key belongs to user 12345"))
        chmod("\(worker)/secret.key", 0o640)
        chown("\(worker)/secret.key", 0, 12_345)
        #expect(sentence { _ = try WorkerKeys(worker) }.contains("members of the group 12345"))
    }

    @Test("Keys are made in a folder that all share, as /tmp is, and in another user's they are not")
    func made() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        chmod(folder, 0o1777)
        let made = try KeyGeneration.make(in: folder, workers: ["gpu01"])
        #expect(try made.map { try FileSystem.othersRights($0.folder).mode } == ["0700", "0700"])
        guard geteuid() == 0 else { return }
        chown(folder, 12_345, 0)
        #expect(
            sentence { _ = try KeyGeneration.make(in: folder, workers: ["gpu02"]) }.contains("belongs to user 12345"))
    }
}
