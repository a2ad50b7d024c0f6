/// What keeps a folder from being at a path, or from being made there.
package enum FolderObstacle: Sendable, Equatable {
    /// A part of the path that would have to be a folder and is none.
    case fileAbove(String)
    /// What the link names is not there.
    case danglingLink(to: String)
    case file

    /// Nil where a folder is, or nothing that is in its way.
    ///
    /// - Throws: `SystemError` where the system does not let us look.
    package init?(at path: String) throws {
        if FileSystem.isDirectory(path) { return nil }
        if let file = Self.fileOnTheWay(to: path) {
            self = .fileAbove(file)
        } else if let target = FileSystem.linkTarget(path), !FileSystem.exists(path) {
            self = .danglingLink(to: target)
        } else if try Self.isThere(path) {
            self = .file
        } else {
            return nil
        }
    }

    /// The beginning of a sentence.
    package func words(_ path: String) -> String {
        switch self {
        case .fileAbove(let file): "'\(file)' is a file, so no folder '\(path)' can be made below it"
        case .danglingLink(let target): "'\(path)' is a link to '\(target)', which is not there"
        case .file: "'\(path)' is a file"
        }
    }

    /// A path that is too long is no missing input: nothing can be made there.
    private static func isThere(_ path: String) throws -> Bool {
        do { return try FileSystem.isThere(path) } catch let error as SystemError where error.exitCode == .noInput {
            throw SystemError("create", path, errorNumber: error.errorNumber)
        }
    }

    private static func fileOnTheWay(to path: String) -> String? {
        var above = FileSystem.parent(of: path)
        while !FileSystem.exists(above), FileSystem.parent(of: above) != above { above = FileSystem.parent(of: above) }
        return FileSystem.exists(above) && !FileSystem.isDirectory(above) ? above : nil
    }
}

extension FileSystem {
    /// Looks before anything is computed for a folder that may be made later.
    ///
    /// - Parameter purpose: what wants the folder, as in "pictures need a folder".
    /// - Throws: `UserError` (cannotCreate) where something is in its way, `SystemError` where the system does not let us look.
    package static func checkFolder(_ path: String, for purpose: String) throws {
        guard let obstacle = try FolderObstacle(at: path) else { return }
        throw UserError(.cannotCreate, "\(obstacle.words(path)); \(purpose): choose another name")
    }

    /// Looks whether a file can be written, before anything is computed for it: its folder has to be there, and may be written to.
    ///
    /// - Throws: `UserError` (cannotCreate), `SystemError`.
    package static func checkFile(_ path: String) throws {
        guard !isDirectory(path) else {
            throw UserError(.cannotCreate, "'\(path)' is a folder; a file is to be written: choose another name")
        }
        let folder = parent(of: path)
        guard isDirectory(folder) else {
            throw UserError(.cannotCreate, "'\(path)' cannot be written: there is no folder '\(folder)'")
        }
        let probe = path + ".tmp"
        let wasThere = exists(probe)
        try appendFile(probe, [])
        if !wasThere { try removeTree(probe) }
    }
}
