import Formats
import Host

/// What is copied to a host that has no program: `snas-worker` and the Swift runtime that it is linked to, in one folder.
///
/// Everything else that it needs are packages of the host's system (libzmq, libtorch and so on), which are not copied.
package struct ProgramBundle: Sendable, Equatable {
    /// By name.
    package let files: [BundledFile]
    /// Of the file that is started.
    package let programName: String
    /// SHA-256 over names, sizes and digests of all files, in hexadecimal digits: it names the folder on the host.
    package let digest: String
    /// The processor that the program is for, as `uname -m` names it; nil where the file does not say.
    package let machine: String?

    /// Of one file. A program with the whole Swift runtime linked into it is a quarter of it.
    package static let fileLimitBytes = 1 << 28
    /// Far more than a program and its runtime have.
    static let fileCountLimit = 64

    /// Finds and reads the files.
    ///
    /// - Throws: `UserError` (noInput where there is no program, data for files that no bundle is made of), `SystemError`.
    package init(of program: String) throws {
        guard FileSystem.isRegularFile(program) else {
            throw UserError(.noInput, "there is no program '\(program)' that could be copied to other hosts")
        }
        try self.init(program: program, runtime: try SharedLibraries(of: program).swiftRuntime)
    }

    /// - Parameter runtime: paths of the libraries that go with the program, by their names.
    /// - Throws: as above.
    package init(program: String, runtime: [String: String]) throws {
        let path = try FileSystem.absolutePath(program)
        let name = String(path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...])
        let paths = runtime.merging([name: path]) { _, program in program }
        guard paths.count <= Self.fileCountLimit else {
            throw UserError(
                .data, "'\(program)' needs \(paths.count) libraries of the Swift toolchain; at most 63 are copied")
        }
        files = try paths.sorted { $0.key < $1.key }.map(Self.file)
        programName = name
        machine = Self.machine(of: try FileSystem.readFile(path, limitBytes: Self.fileLimitBytes))
        let lines = files.map { "\($0.name) \($0.bytes) \($0.digest)\n" }
        digest = Hexadecimal.string(SHA256.digest(Array(lines.joined().utf8)))
    }

    /// Of all files together.
    package var bytes: Int { files.reduce(0) { $0 + $1.bytes } }

    /// By the header of an executable file (ELF), whose number for a processor is its 19th and 20th byte.
    private static func machine(of bytes: [UInt8]) -> String? {
        guard bytes.count >= 20, bytes.prefix(4).elementsEqual([0x7F] + "ELF".utf8) else { return nil }
        switch (bytes[18], bytes[19]) {
        case (62, 0): return "x86_64"
        case (183, 0): return "aarch64"
        default: return nil
        }
    }

    private static func file(name: String, path: String) throws -> BundledFile {
        guard isPlain(name) else {
            throw UserError(
                .data, "'\(path)' cannot be copied to other hosts: its name has signs that are no letters or digits")
        }
        guard FileSystem.isRegularFile(path) else {
            throw UserError(.noInput, "there is no file '\(path)', which is to be copied to other hosts")
        }
        let bytes = try FileSystem.readFile(path, limitBytes: fileLimitBytes)
        return BundledFile(
            name: name, path: path, bytes: bytes.count, digest: Hexadecimal.string(SHA256.digest(bytes)))
    }

    /// A name that `tar`, `sha256sum` and every shell take as it stands.
    private static func isPlain(_ name: String) -> Bool {
        guard let first = name.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: ".") else { return false }
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._+-".contains($0)) }
    }
}
