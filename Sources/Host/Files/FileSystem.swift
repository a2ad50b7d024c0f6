#if canImport(Glibc)
    import Glibc
#endif

/// Files, with the syncs that make a crash harmless. Everything throws `SystemError`.
package enum FileSystem {
    // MARK: Reading

    /// False also where a folder on the way may not be looked into; links are followed.
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether something has this path. Where the system does not let us look, it throws, and `exists` says false.
    package static func isThere(_ path: String) throws -> Bool {
        if access(path, F_OK) == 0 { return true }
        guard errno == ENOENT else { throw SystemError("look at", path) }
        return false
    }

    /// Links are followed; false where nothing is there.
    package static func isDirectory(_ path: String) -> Bool {
        status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }

    /// Whether a file of bytes is there: no folder, pipe or device. Links are followed.
    package static func isRegularFile(_ path: String) -> Bool {
        status(path).map { $0.st_mode & S_IFMT == S_IFREG } ?? false
    }

    /// Bytes; nil where there is no such file.
    package static func size(_ path: String) -> Int? { status(path).map { Int($0.st_size) } }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }

    /// A file's bytes, or what comes through a pipe or a terminal that stands in its place until it ends.
    ///
    /// - Parameter limitBytes: a larger file is refused before it is read.
    package static func readFile(_ path: String, limitBytes: Int) throws -> [UInt8] {
        // Opening a pipe that nobody writes would wait for a writer, where no signal could end it.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw SystemError("read", path) }
        defer { close(file) }
        return try BoundedReading.read(file, path, limitBytes: limitBytes)
    }

    /// Bytes of a file from one of them on, as many as there are and at most `limitBytes`.
    ///
    /// - Throws: `SystemError`.
    package static func readPart(of path: String, from start: Int, limitBytes: Int) throws -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw SystemError("read", path) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: limitBytes)
        var count = 0
        while count < limitBytes {
            let more = bytes.withUnsafeMutableBytes {
                pread(file, $0.baseAddress?.advanced(by: count), limitBytes - count, start + count)
            }
            if more < 0, errno == EINTR { continue }
            guard more >= 0 else { throw SystemError("read", path) }
            if more == 0 { break }
            count += more
        }
        return Array(bytes[..<count])
    }

    /// Names in a folder, sorted, without `.` and `..`.
    package static func list(_ path: String) throws -> [String] {
        guard let directory = opendir(path) else { throw SystemError("list", path) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// How many names a folder has, without `.` and `..`.
    package static func entryCount(_ path: String) throws -> Int {
        guard let directory = opendir(path) else { throw SystemError("list", path) }
        defer { closedir(directory) }
        var count = -2
        while readdir(directory) != nil { count += 1 }
        return max(0, count)
    }

    // MARK: Writing

    /// - Returns: the file, still open, for whoever syncs it.
    @discardableResult
    package static func writeFile(_ path: String, _ bytes: [UInt8]) throws -> WrittenFile {
        try write(path, bytes, place: .whole)
    }

    /// - Returns: the file, still open, for whoever syncs it.
    @discardableResult
    package static func appendFile(_ path: String, _ bytes: [UInt8]) throws -> WrittenFile {
        try write(path, bytes, place: .end)
    }

    private static func write(_ path: String, _ bytes: [UInt8], place: WrittenFile.Place, mode: UInt32 = 0o644) throws
        -> WrittenFile
    {
        let file = try WrittenFile(opening: path, place: place, mode: mode)
        try file.put(bytes)
        return file
    }

    /// False where the file exists already: the file system's own answer, which holds between processes.
    package static func createExclusively(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws -> Bool {
        do {
            try write(path, bytes, place: .newFile, mode: mode).sync()
            return true
        } catch let error as SystemError where error.errorNumber == EEXIST {
            return false
        }
    }

    /// Makes a file's bytes, or a folder's entries, survive a power cut.
    package static func sync(_ path: String) throws {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemError("sync", path) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw SystemError("sync", path) }
    }

    /// The file holds the old bytes or the new ones, never a part.
    package static func writeAtomically(_ path: String, _ bytes: [UInt8]) throws {
        let temporary = path + ".tmp"
        try writeFile(temporary, bytes).sync()
        try takePlace(temporary, of: path)
        try sync(parent(of: path))
    }

    /// `writeAtomically` without its syncs: readers never see a part, a power cut may cost the file.
    package static func replaceFile(_ path: String, _ bytes: [UInt8]) throws {
        let temporary = path + ".tmp"
        try writeFile(temporary, bytes)
        try takePlace(temporary, of: path)
    }

    /// Where a folder has the name, what was written is left nowhere.
    private static func takePlace(_ temporary: String, of path: String) throws {
        do { try rename(temporary, to: path) } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Cuts off what lies behind so many bytes; needs no room on the disk. Not safe before the file is synced.
    package static func truncate(_ path: String, toBytes count: Int) throws {
        guard Glibc.truncate(path, count) == 0 else { throw SystemError("write", path) }
    }

    /// In place of whatever has the new name; both are on one file system. Not safe before the folder is synced.
    package static func rename(_ path: String, to other: String) throws {
        guard Glibc.rename(path, other) == 0 else { throw SystemError("rename", "\(path) to \(other)") }
    }

    // MARK: Folders

    /// By the text alone: "." for a name without a slash, "/" for what lies in the root.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes a folder and what is missing above it.
    /// - Parameter exclusive: whether an existing one is an error (`EEXIST`).
    package static func createDirectory(_ path: String, mode: UInt32 = 0o755, exclusive: Bool = false) throws {
        let above = parent(of: path)
        if above != path, !exists(above) { try createDirectory(above, mode: mode) }
        guard mkdir(path, mode) != 0 else { return }
        if errno == EEXIST, !exclusive, isDirectory(path) { return }
        throw SystemError("create", path)
    }

    /// Removes a file or a folder with all it holds; nothing there is fine. Links are removed, not followed.
    package static func removeTree(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in try list(path) { try removeTree("\(path)/\(name)") }
            guard rmdir(path) == 0 else { throw SystemError("remove", path) }
        } else {
            guard unlink(path) == 0 else { throw SystemError("remove", path) }
        }
    }
}
