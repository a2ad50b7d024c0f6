#if canImport(Glibc)
    import Glibc
#endif

/// A folder for what a process needs while it runs: of mode 0700, and removed with this object.
///
/// A process that is killed leaves its folder. So each holds a file that is locked as long as its process lives, and whoever makes
/// one removes those beside it whose lock is free: the kernel frees a lock when its process ends, however it ends.
package final class ScratchFolder {
    /// From the root or from the process's own folder, as the place for such folders is given.
    package let path: String
    private let lock: Int32

    private static let lockName = "lock"

    /// Removes what processes that are gone have left, and makes a new one.
    ///
    /// - Parameter prefix: of the folder's name. Folders of one prefix hold files of one kind.
    /// - Throws: `UserError`, `SystemError`.
    package convenience init(prefix: String) throws {
        try self.init(at: try FileSystem.createTemporaryDirectory(prefix: prefix), prefix: prefix)
    }

    /// The same for a socket, whose path the kernel keeps short (`FileSystem.createSocketDirectory`).
    package convenience init(prefix: String, socketName: String, pathBytes: Int) throws {
        let path = try FileSystem.createSocketDirectory(prefix: prefix, socketName: socketName, pathBytes: pathBytes)
        try self.init(at: path, prefix: prefix)
    }

    private init(at path: String, prefix: String) throws {
        self.path = path
        // Under its own name the file is locked from the beginning: nobody takes this folder for one that was left.
        let file = "\(path)/\(Self.lockName)"
        lock = open("\(file).new", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw SystemError("lock", "\(file).new") }
        try FileSystem.rename("\(file).new", to: file)
        Self.sweep(FileSystem.parent(of: path), prefix: prefix)
    }

    deinit {
        try? FileSystem.removeTree(path)
        close(lock)
    }

    /// What cannot be removed stays: it is not ours, or another process is just removing it.
    private static func sweep(_ place: String, prefix: String) {
        for name in (try? FileSystem.list(place)) ?? [] where name.hasPrefix(prefix) {
            let folder = "\(place)/\(name)"
            guard FileSystem.isOwnFolder(folder) else { continue }
            let lock = open("\(folder)/\(lockName)", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            guard lock >= 0 else { continue }
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { try? FileSystem.removeTree(folder) }
            close(lock)
        }
    }
}
