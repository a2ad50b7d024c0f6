#if canImport(Glibc)
    import Glibc
#endif

/// The process that listens at a port or a socket's path of this machine, as far as the kernel shows it to this user.
package struct PortHolder: Sendable {
    package let processIdentifier: Int32
    /// The name of its program's file.
    package let program: String
    /// Its command line, the program's name included.
    package let words: [String]
    /// Paths of the files that it has open.
    package let openFiles: [String]

    /// Bytes that are read of a list of sockets.
    private static let listBytes = 16 << 20

    /// Nil where nobody listens, or where this user may not see who.
    ///
    /// - Parameter processes: where the kernel's list of processes is mounted.
    package static func find(tcpPort port: Int, processes: String = "/proc") -> PortHolder? {
        let listening = "0A"
        let hexadecimal = String(port, radix: 16, uppercase: true)
        let suffix = ":" + String(repeating: "0", count: max(0, 4 - hexadecimal.count)) + hexadecimal
        let inodes = ["tcp", "tcp6"].flatMap { list in
            rows("\(processes)/net/\(list)").filter { $0.count > 9 && $0[3] == listening && $0[1].hasSuffix(suffix) }
                .map { String($0[9]) }
        }
        return holder(ofSockets: Set(inodes), processes)
    }

    /// Nil where nobody listens, or where this user may not see who.
    ///
    /// - Parameter path: as the listener was given it.
    package static func find(socketPath path: String, processes: String = "/proc") -> PortHolder? {
        let listens = "00010000"
        let inodes = rows("\(processes)/net/unix").filter {
            $0.count > 7 && $0[3] == listens && $0[7...].joined(separator: " ") == path
        }
        .map { String($0[6]) }
        return holder(ofSockets: Set(inodes), processes)
    }

    private static func rows(_ path: String) -> [[Substring]] {
        let bytes = (try? FileSystem.readFile(path, limitBytes: listBytes)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst().map {
            $0.split(separator: " ")
        }
    }

    private static func holder(ofSockets inodes: Set<String>, _ processes: String) -> PortHolder? {
        guard !inodes.isEmpty else { return nil }
        let wanted = Set(inodes.map { "socket:[\($0)]" })
        let identifiers = ((try? FileSystem.list(processes)) ?? []).compactMap { Int32($0) }.sorted()
        for identifier in identifiers {
            let folder = "\(processes)/\(identifier)"
            let open = ((try? FileSystem.list("\(folder)/fd")) ?? []).compactMap {
                FileSystem.linkTarget("\(folder)/fd/\($0)")
            }
            guard open.contains(where: wanted.contains) else { continue }
            let line = (try? FileSystem.readFile("\(folder)/cmdline", limitBytes: 1 << 20)) ?? []
            let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            let program = FileSystem.linkTarget("\(folder)/exe") ?? words.first ?? "?"
            return PortHolder(
                processIdentifier: identifier, program: program.split(separator: "/").last.map(String.init) ?? program,
                words: words, openFiles: open.filter { $0.hasPrefix("/") })
        }
        return nil
    }
}
