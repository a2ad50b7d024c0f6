#if canImport(Glibc)
    import Glibc
#endif

/// What stands at a path, and how a path is told to somebody elsewhere.
extension FileSystem {
    /// What a link names, whether that is there or not; nil for what is no link, or nothing.
    package static func linkTarget(_ path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &bytes, bytes.count)
        guard count >= 0 else { return nil }
        return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether this user owns a folder there, not a link to one, which nobody else may change.
    package static func isOwnFolder(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid() && status.st_mode & 0o022 == 0
    }

    /// Whether two paths lead to one and the same file or folder, by links or not; false where one of them leads nowhere.
    package static func areOnePlace(_ path: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        guard stat(path, &first) == 0, stat(other, &second) == 0 else { return false }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    /// Names in a folder, sorted, but for what the file system itself puts there: a volume that was just mounted has none.
    ///
    /// - Throws: `SystemError`.
    package static func listOwn(_ path: String) throws -> [String] {
        try list(path).filter { $0 != "lost+found" }
    }

    /// The path from the root, by the text alone: links on the way stay, for they may be the names that last. A process that
    /// stands elsewhere finds the same place by it.
    ///
    /// - Throws: `SystemError` where the process's own folder is gone.
    package static func absolutePath(_ path: String) throws -> String {
        var parts = path.split(separator: "/", omittingEmptySubsequences: true).filter { $0 != "." }[...]
        guard !path.hasPrefix("/") else { return "/" + parts.joined(separator: "/") }
        guard let buffer = getcwd(nil, 0) else { throw SystemError("look at", ".") }
        defer { free(buffer) }
        var base = String(cString: buffer).split(separator: "/")[...]
        // The process's own folder is told by the system without links: one step up is one name less.
        while parts.first == "..", !base.isEmpty {
            parts.removeFirst()
            base.removeLast()
        }
        return "/" + (base + parts).joined(separator: "/")
    }

    /// Bytes of all files in a folder, or of a file; links count as what they are themselves.
    ///
    /// - Throws: `SystemError` where the path itself cannot be looked at; what goes away meanwhile counts nothing.
    package static func treeBytes(_ path: String) throws -> Int {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw SystemError("look at", path) }
        guard status.st_mode & S_IFMT == S_IFDIR else { return Int(status.st_size) }
        let names = (try? list(path)) ?? []
        return names.reduce(0) { $0 + ((try? treeBytes("\(path)/\($1)")) ?? 0) }
    }
}
