#if canImport(Glibc)
    import Glibc
#endif

/// A folder for what a process needs while it runs: of mode 0700, and removed with this object.
///
/// A process that is killed leaves its folder. So each holds a file that says what the folder is and is locked as long as its process
/// lives, and whoever makes one removes those beside it whose lock is free: the kernel frees a lock when its process ends, however
/// it ends. Where a file system knows no locks, nothing is swept.
package final class ScratchFolder: Sendable {
    /// From the root or from the process's own folder, as the place for such folders is given.
    package let path: String
    private let lock: Int32?

    private static let lockName = ".snas-scratch"
    /// A folder of anybody's own may have our prefix: it is ours where this stands in it.
    private static let declaration = Array(
        "a folder of a running snas, which any snas removes when that one has ended\n".utf8)
    /// What `FileSystem.createTemporaryDirectory` puts behind a prefix.
    private static let drawnCharacters = 6

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
        lock = try Self.locked("\(path)/\(Self.lockName)")
        Self.sweep(FileSystem.parent(of: path), prefix: prefix)
    }

    deinit {
        try? FileSystem.removeTree(path)
        if let lock { close(lock) }
    }

    /// Under its own name the file is locked from the beginning: nobody takes its folder for one that was left.
    private static func locked(_ file: String) throws -> Int32? {
        let new = "\(file).new"
        try FileSystem.writeFile(new, declaration)
        let lock = open(new, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard lock >= 0 else { throw SystemError("open", new) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            return nil
        }
        try FileSystem.rename(new, to: file)
        return lock
    }

    /// What cannot be removed stays: it is not ours, or another process is just removing it.
    private static func sweep(_ place: String, prefix: String) {
        for name in (try? FileSystem.list(place)) ?? []
        where name.hasPrefix(prefix) && name.count == prefix.count + drawnCharacters {
            let folder = "\(place)/\(name)"
            let file = "\(folder)/\(lockName)"
            guard FileSystem.isOwnFolder(folder) else { continue }
            let lock = open(file, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            guard lock >= 0 else { continue }
            let isOurs = (try? FileSystem.readFile(file, limitBytes: 4096)) == declaration
            if isOurs, flock(lock, LOCK_EX | LOCK_NB) == 0 { try? FileSystem.removeTree(folder) }
            close(lock)
        }
    }
}
