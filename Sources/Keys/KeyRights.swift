package import Host

/// Who may own, read and change key files for this process to believe them: itself and root. A secret may be read by a group that
/// this process is in, as clusters mount them; nothing may be changed by others. Folders are judged by what others can change of
/// what lies there.
package struct KeyRights: Sendable {
    private let user: UInt32
    private let groups: Set<UInt32>
    private static let root: UInt32 = 0

    /// Those of a process of this user and these groups.
    package init(user: UInt32, groups: Set<UInt32>) {
        self.user = user
        self.groups = groups
    }

    static var ofThisProcess: KeyRights { KeyRights(user: HostInfo.user(), groups: HostInfo.groups()) }

    /// Why a key in this file is not believed; nil for one that is.
    ///
    /// - Parameter secret: what it is called, where it is one.
    package func objection(
        to path: String, _ rights: FileSystem.OthersRights, isSecret: Bool, secret: String = "a secret key"
    ) -> String? {
        if let objection = objection(toOwner: rights.owner, of: path) { return objection }
        if rights.canWrite, !rights.isOnReadOnlyMount {
            return "others can change \(path) (mode \(rights.mode)), which says who is who: "
                + remedy("go-w", path, rights)
        }
        guard isSecret, let readers = readers(rights) else { return nil }
        return "\(readers) can read \(path) (mode \(rights.mode)), which holds \(secret): "
            + remedy(rights.owner == user ? "600" : "o-rwx", path, rights)
            + ", or make a new one if somebody may have read it"
    }

    /// Why a list of keys in this folder is not believed; nil for one that is. Where others can only add files, each file speaks
    /// for itself by its owner.
    package func objection(toFolder path: String, _ rights: FileSystem.OthersRights) -> String? {
        if let objection = objection(toOwner: rights.owner, of: path) { return objection }
        guard rights.canWrite, !rights.isSticky, !rights.isOnReadOnlyMount else { return nil }
        return "others can change \(path) (mode \(rights.mode)), and so let in whom they like: "
            + remedy("go-w", path, rights)
    }

    /// Whoever owns a name, a file or a folder can put there what he likes.
    func objection(toOwner owner: UInt32, of path: String) -> String? {
        guard owner != user, owner != Self.root else { return nil }
        let mine = user == Self.root ? "not to root" : "neither to this process's user \(user) nor to root"
        return
            "\(path) belongs to user \(owner), \(mine), and whoever owns it can change it: use a copy of your own, or as root: "
            + "chown \(user) \(ShellWord.quoted(path))"
    }

    private func readers(_ rights: FileSystem.OthersRights) -> String? {
        if rights.everybodyCanRead { return "others" }
        return rights.groupCanRead && !groups.contains(rights.group)
            ? "members of the group \(rights.group), which this process is not in," : nil
    }

    /// Something that this user can do where the file is.
    private func remedy(_ mode: String, _ path: String, _ rights: FileSystem.OthersRights) -> String {
        if rights.isOnReadOnlyMount {
            return
                "its mount is read-only, so set the mode where it is mounted from (of a Kubernetes Secret defaultMode: 0400, or "
                + "0440 with the pod's fsGroup)"
        }
        let command = "chmod \(mode) \(ShellWord.quoted(path))"
        return rights.owner == user || user == Self.root ? command : "as root: \(command)"
    }
}
