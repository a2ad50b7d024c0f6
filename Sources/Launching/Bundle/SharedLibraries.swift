import Host

/// What the loader maps into a program beside the program itself, as `ldd` tells it.
package struct SharedLibraries: Sendable, Equatable {
    /// Where each was found, by the name under which it is needed.
    package let paths: [String: String]

    /// - Parameter text: what `ldd` printed. Lines that name no file, as of the kernel's own page, are passed over.
    package init(listed text: String) {
        var paths: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 3, words[1] == "=>", words[2].hasPrefix("/") else { continue }
            paths[String(words[0])] = String(words[2])
        }
        self.paths = paths
    }

    /// Asks `ldd`. A program that is linked to nothing has none.
    ///
    /// - Throws: `UserError`, `SystemError` where there is no `ldd`, or no scratch folder for its words.
    package init(of program: String) throws {
        let scratch = try ScratchFolder(prefix: "snas-libraries-")
        defer { withExtendedLifetime(scratch) {} }
        let child = try ChildProcess(
            "ldd", [program], outputPath: "\(scratch.path)/out", errorPath: "\(scratch.path)/err",
            environment: ["LC_ALL": "C"])
        _ = child.wait()
        let bytes = try FileSystem.readFile("\(scratch.path)/out", limitBytes: Self.listLimitBytes)
        self.init(listed: String(decoding: bytes, as: UTF8.self))
    }

    /// A worker with libtorch needs some 250 libraries, a line each.
    private static let listLimitBytes = 1 << 20

    /// Those of the Swift toolchain, which a host that only runs programs does not have: all that lie where `libswiftCore.so` does.
    /// None where that is linked into the program, or lies where the C library does: then the system's packages bring it.
    package var swiftRuntime: [String: String] {
        guard let core = paths["libswiftCore.so"] else { return [:] }
        let folder = FileSystem.parent(of: core)
        guard paths["libc.so.6"].map(FileSystem.parent(of:)) != folder else { return [:] }
        return paths.filter { FileSystem.parent(of: $0.value) == folder }
    }
}
