import Host

/// The bytes that are sent of a bundle: one compressed `tar` file, in a scratch folder that goes with this object. Any number of
/// processes may read it at the same time.
package final class BundleArchive: Sendable {
    /// Of the file.
    package let path: String
    /// Its size: what goes over the link to each host.
    package let bytes: Int
    private let scratch: ScratchFolder

    /// What a link would be busy with for too long.
    private static let limitBytes = 1 << 29

    /// Calls this machine's `tar` and `gzip`, for seconds at most.
    ///
    /// - Throws: `UserError`, `SystemError`.
    package init(of bundle: ProgramBundle) throws {
        scratch = try ScratchFolder(prefix: "snas-bundle-")
        path = "\(scratch.path)/bundle.tar.gz"
        let noise = "\(scratch.path)/err"
        // The fastest compression: of programs it leaves a third, and a better one takes longer than most links.
        let child = try ChildProcess(
            "tar",
            [
                "--create", "--file", path, "--use-compress-program", "gzip -1", "--format", "ustar", "--dereference",
                "--owner", "0", "--group", "0", "--numeric-owner", "--mode", "u=rwx,go=", "--mtime", "@0",
            ] + bundle.files.flatMap { ["-C", FileSystem.parent(of: $0.path), "./\($0.name)"] },
            errorPath: noise, environment: ["LC_ALL": "C"])
        let status = child.wait()
        guard status == .exited(0) else {
            let words = (try? FileSystem.readFile(noise, limitBytes: 1 << 16)) ?? []
            let first = String(decoding: words, as: UTF8.self).split(separator: "\n").first.map(String.init)
            throw UserError(
                .inputOutput, "cannot pack the program for other hosts: \(first ?? "tar ended with \(status)")")
        }
        bytes = FileSystem.size(path) ?? 0
        guard bytes <= Self.limitBytes else {
            throw UserError(
                .data,
                "the program for other hosts has \(bytes) bytes when it is packed; at most \(Self.limitBytes) are sent")
        }
    }
}
