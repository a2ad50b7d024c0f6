#if canImport(Glibc)
    import Glibc
#endif

/// Folders that are taken away again when a program ends.
extension FileSystem {
    /// Where such folders are made where nothing else is said.
    package static let standardTemporaryFolder = "/tmp"

    /// `TMPDIR`; nil where it is not set, or set to nothing.
    package static var askedTemporaryFolder: String? {
        HostInfo.environment("TMPDIR").flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A new folder of mode 0700 that nobody else can have guessed.
    ///
    /// - Parameter asked: where it is to lie; nil is `/tmp`.
    /// - Throws: `UserError` that names `TMPDIR` where it is no place for a folder, `SystemError` where `/tmp` is none.
    package static func createTemporaryDirectory(
        prefix: String, in asked: String? = askedTemporaryFolder
    ) throws -> String {
        let base = asked ?? standardTemporaryFolder
        var template = Array("\(base)/\(prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            let error = SystemError("create a folder in", base)
            guard asked != nil else { throw error }
            throw UserError(
                error.exitCode,
                "\(error.sentence); the variable TMPDIR names it: set it to a folder that can be written to, or unset it"
            )
        }
        return template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? base }
    }

    /// The same for sockets, whose paths the kernel keeps short: where the asked place makes them too long, the folder lies in
    /// `/tmp`, closed to others as everywhere.
    ///
    /// - Parameters:
    ///   - socketName: the longest name of a socket in it.
    ///   - pathBytes: most bytes of a socket's path.
    /// - Throws: as `createTemporaryDirectory`.
    package static func createSocketDirectory(
        prefix: String, socketName: String, pathBytes: Int, in asked: String? = askedTemporaryFolder
    ) throws -> String {
        // A path that begins with this sign would name no file, but a socket that every user can reach.
        let base = asked.map { $0.hasPrefix("@") ? "./\($0)" : $0 }
        let longest = "\(base ?? standardTemporaryFolder)/\(prefix)XXXXXX/\(socketName)"
        return try createTemporaryDirectory(prefix: prefix, in: longest.utf8.count <= pathBytes ? base : nil)
    }
}
