import Host
package import Messaging
package import Reporting
package import RunStore
import Wire

/// The coordinator's side of a rendezvous file: it tells where this coordinator is, and how its run stands when it ends. A file that
/// tells of another coordinator by then is that one's.
package struct Rendezvous {
    /// As `--rendezvous` gave it.
    package let path: String
    private let own: RendezvousFile

    /// Of a coordinator that listens.
    ///
    /// - Parameters:
    ///   - directory: whose run and generation it is.
    ///   - addresses: at least one.
    /// - Throws: `UserError` (operatingSystem) where this machine has no address.
    package init(path: String, of directory: RunDirectory, at addresses: [Endpoint]) throws {
        guard !addresses.isEmpty else {
            throw UserError(
                .operatingSystem, "this machine has no address that \(path) could tell: give --advertise ADDRESS")
        }
        self.path = path
        own = RendezvousFile(
            standing: .listening, run: directory.identity, generation: directory.generation,
            addresses: addresses.map(\.description))
    }

    /// Writes the file; an older one of a run is replaced.
    ///
    /// - Returns: the run that it told of before, where that is another one whose end it does not tell.
    /// - Throws: `UserError` (cannotCreate) for what is no rendezvous file, which is left as it is, and for that of a newer
    ///   coordinator of the run; `SystemError` where it cannot be written.
    package func begin() throws -> String? {
        let before = try replaceable()
        if let before, before.run == own.run, before.generation > own.generation {
            throw UserError(
                .cannotCreate,
                "\(path) tells of generation \(before.generation) of this run, and this one is \(own.generation)")
        }
        try own.write(to: path)
        guard let before, before.run != own.run, before.standing == .listening else { return nil }
        return before.run.description
    }

    /// Says how the run stands, unless the file tells of another coordinator, or is gone.
    ///
    /// - Returns: what a person should read where that was in vain.
    package func tell(_ standing: RendezvousFile.Standing) -> LogLine? {
        do {
            guard let now = try RendezvousFile.read(path), now.run == own.run, now.generation == own.generation else {
                return nil
            }
            var told = own
            told.standing = standing
            try told.write(to: path)
            return nil
        } catch {
            return LogLine(
                .rendezvous, "\(path) does not tell that the run is \(standing.rawValue): \(error.userSentence)",
                level: .warning)
        }
    }

    /// A slip of the hand shall not cost a file of another kind; an empty one was made to be written.
    private func replaceable() throws -> RendezvousFile? {
        guard FileSystem.size(path) != 0 else { return nil }
        do { return try RendezvousFile.read(path) } catch let error as UserError {
            throw UserError(.cannotCreate, "\(error.sentence); it is left as it is, name another for --rendezvous")
        }
    }
}

extension EarlyEnding {
    /// For those that come later.
    var standing: RendezvousFile.Standing {
        switch self {
        case .signal, .tooFewWorkers, .workersEnded: .stopped
        case .fault: .failed
        }
    }
}
