import Host
package import Wire

#if canImport(Glibc)
    import Glibc
#endif

/// Where the coordinator of a run is, as a file on a shared file system tells whoever looks for it: lines of a word and its value,
/// which people and scripts read too. It holds nothing secret.
///
///     snas rendezvous 1
///     run 3f0c9a2e51b84d7796ab10c2d4e8f357
///     generation 2
///     state listening
///     address tcp://10.0.0.1:5577
package struct RendezvousFile: Sendable, Equatable {
    /// How the run stood when the file was written.
    package enum Standing: String, Sendable, CaseIterable {
        /// Its coordinator listens, unless it was killed.
        case listening
        /// Its coordinator ended early, and the run can be resumed.
        case stopped
        /// All results are there.
        case over
        /// A fault of the run's own, which going on would meet again.
        case failed

        /// Whether nobody need wait for a coordinator.
        package var isFinal: Bool { self == .over || self == .failed }
    }

    package var standing: Standing
    package let run: RunIdentity
    /// Of the coordinator; a higher one has replaced it.
    package let generation: UInt64
    /// Endpoints to dial, the likeliest first, as texts that nobody has looked at yet.
    package let addresses: [String]

    /// More addresses than a machine has are left out.
    package init(standing: Standing, run: RunIdentity, generation: UInt64, addresses: [String]) {
        self.standing = standing
        self.run = run
        self.generation = generation
        self.addresses = Array(addresses.prefix(Self.addressLimit))
    }

    /// Of a file; a larger one is none of ours.
    package static let limitBytes = 16 << 10
    /// Of addresses in it.
    package static let addressLimit = 64
    static let title = "snas rendezvous "
    static let version = 1

    /// What the file holds.
    package var text: String {
        let lines =
            ["\(Self.title)\(Self.version)", "run \(run)", "generation \(generation)", "state \(standing.rawValue)"]
            + addresses.map { "address \($0)" }
        return lines.map { "\($0)\n" }.joined()
    }

    // MARK: Files

    /// - Returns: nil where nothing is there.
    /// - Throws: `UserError`: data for what is no such file, protocolMismatch for one of a newer program; `SystemError`.
    package static func read(_ path: String) throws -> RendezvousFile? {
        let bytes: [UInt8]
        do { (bytes, _) = try FileSystem.readWithRights(path, limitBytes: limitBytes) } catch let error as SystemError {
            switch error.errorNumber {
            case ENOENT: return nil
            case EINVAL: throw UserError(.data, "\(path) is no rendezvous file: it is a folder, a pipe or a device")
            case EFBIG: throw UserError(.data, "\(path) is no rendezvous file: it has more than \(limitBytes) bytes")
            default: throw error
            }
        }
        return try RendezvousFile(parsing: bytes, from: path)
    }

    /// Readers see the old file or the new one, and a power cut costs neither. Everybody may read it whom the folder and this
    /// process's umask let.
    ///
    /// - Throws: `SystemError`.
    package func write(to path: String) throws {
        // A name that nobody foresees: in a folder that others write too a link could stand in its place.
        let temporary = "\(path).\(String(Entropy.word(), radix: 16)).tmp"
        do {
            guard try FileSystem.createExclusively(temporary, Array(text.utf8)) else {
                throw SystemError("write", temporary, errorNumber: EEXIST)
            }
            try FileSystem.rename(temporary, to: path)
            try FileSystem.sync(FileSystem.parent(of: path))
        } catch let error as SystemError {
            try? FileSystem.removeTree(temporary)
            throw SystemError("write", path, errorNumber: error.errorNumber)
        }
    }
}
