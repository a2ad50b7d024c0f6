#if canImport(Glibc)
    import Glibc
#endif

/// A file with bytes just written, still open: its sync needs no further descriptor, so whoever could write can sync, and it
/// hears of the errors of these very writes. Closed when it goes.
package struct WrittenFile: ~Copyable {
    /// Where the bytes go.
    enum Place {
        /// In place of what the file held.
        case whole
        case end
        /// Into a file that may not be there yet.
        case newFile

        fileprivate var flags: Int32 {
            switch self {
            case .whole: O_TRUNC
            case .end: O_APPEND
            case .newFile: O_EXCL
            }
        }
    }

    /// As it was given, for errors.
    package let path: String
    private let descriptor: Int32

    /// - Throws: `SystemError`; nothing is written yet.
    init(opening path: String, place: Place, mode: UInt32) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | place.flags, mode)
        guard descriptor >= 0 else { throw SystemError("write", path) }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// - Throws: `SystemError`; a part of the bytes may have been written.
    borrowing func put(_ bytes: [UInt8]) throws {
        try FileSystem.put(bytes, into: descriptor, of: path)
    }

    /// Makes the bytes survive a power cut.
    package borrowing func sync() throws {
        guard fsync(descriptor) == 0 else { throw SystemError("sync", path) }
    }
}

extension FileSystem {
    /// All bytes, however many writes it takes and whatever signals come between.
    ///
    /// - Parameter path: of the open file, for errors.
    static func put(_ bytes: [UInt8], into descriptor: Int32, of path: String) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError("write", path) }
            written += count
        }
    }
}
