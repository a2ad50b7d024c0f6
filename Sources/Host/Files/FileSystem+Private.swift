#if canImport(Glibc)
    import Glibc
#endif

/// Files that only their owner may read or change.
extension FileSystem {
    /// What others than the owner may do with a file or folder.
    package struct OthersRights: Sendable, Equatable {
        /// As `chmod` takes them, four octal digits.
        package let mode: String
        /// The group or all others.
        package let canRead: Bool
        /// The group or all others.
        package let canWrite: Bool

        fileprivate init(_ status: stat) {
            let bits = status.st_mode & 0o7777
            let digits = String(bits, radix: 8)
            mode = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            canRead = bits & 0o044 != 0
            canWrite = bits & 0o022 != 0
        }
    }

    /// - Throws: `SystemError`.
    package static func othersRights(_ path: String) throws -> OthersRights {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemError("look at", path) }
        return OthersRights(status)
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
        var bytes = [UInt8](repeating: 0, count: limitBytes + 1)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                read(file, $0.baseAddress?.advanced(by: filled), $0.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("read", path) }
            if count == 0 { break }
            filled += count
        }
        guard filled <= limitBytes else { throw SystemError("read", path, errorNumber: EFBIG) }
        return (Array(bytes[..<filled]), OthersRights(status))
    }
}
