import CLinux

#if canImport(Glibc)
    import Glibc
#endif

/// Files that only their owner may read or change.
extension FileSystem {
    /// What others than the owner may do with a file or folder, and who owns it.
    package struct OthersRights: Sendable, Equatable {
        /// Permissions alone, without the kind of file.
        private let bits: UInt32
        package let owner: UInt32
        package let group: UInt32
        /// Nobody changes anything over this mount, whatever the mode says.
        package let isOnReadOnlyMount: Bool

        package init(bits: UInt32, owner: UInt32, group: UInt32, isOnReadOnlyMount: Bool = false) {
            self.bits = bits
            self.owner = owner
            self.group = group
            self.isOnReadOnlyMount = isOnReadOnlyMount
        }

        fileprivate init(_ status: stat, isOnReadOnlyMount: Bool) {
            self.init(
                bits: status.st_mode & 0o7777, owner: status.st_uid, group: status.st_gid,
                isOnReadOnlyMount: isOnReadOnlyMount)
        }

        /// As `chmod` takes them, four octal digits.
        package var mode: String {
            let digits = String(bits, radix: 8)
            return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        }

        /// The group or all others.
        package var canRead: Bool { groupCanRead || everybodyCanRead }
        package var groupCanRead: Bool { bits & 0o040 != 0 }
        package var everybodyCanRead: Bool { bits & 0o004 != 0 }
        /// The group or all others.
        package var canWrite: Bool { bits & 0o022 != 0 }
        /// Of a folder: whoever may write there removes and renames only what is his own.
        package var isSticky: Bool { bits & 0o1000 != 0 }
    }

    /// The owner of a name: of a link itself, not of what it leads to.
    ///
    /// - Throws: `SystemError`.
    package static func owner(ofName path: String) throws -> UInt32 {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw SystemError("look at", path) }
        return status.st_uid
    }

    /// - Throws: `SystemError`.
    package static func othersRights(_ path: String) throws -> OthersRights {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemError("look at", path) }
        var mount = statvfs()
        return OthersRights(status, isOnReadOnlyMount: statvfs(path, &mount) == 0 && isReadOnly(mount))
    }

    /// A short file with what others may do with it, both of the file that was opened: nobody can put another in its place
    /// between the look and the reading.
    ///
    /// - Throws: `SystemError`; `EFBIG` for more bytes than `limitBytes`, `EINVAL` for what is no regular file.
    package static func readWithRights(_ path: String, limitBytes: Int) throws -> (bytes: [UInt8], rights: OthersRights)
    {
        // A pipe in the file's place must not hold anybody up.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw SystemError("read", path) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw SystemError("read", path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw SystemError("read", path, errorNumber: EINVAL) }
        let bytes = try BoundedReading.read(file, path, limitBytes: limitBytes)
        var mount = statvfs()
        let isReadOnly = fstatvfs(file, &mount) == 0 && isReadOnly(mount)
        return (bytes, OthersRights(status, isOnReadOnlyMount: isReadOnly))
    }

    private static func isReadOnly(_ mount: statvfs) -> Bool { mount.f_flag & UInt(ST_RDONLY) != 0 }
}
