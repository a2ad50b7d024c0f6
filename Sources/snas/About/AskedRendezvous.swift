import Host
import RunStore
import Wire

/// The coordinator that a rendezvous file tells of, for commands that ask one.
enum AskedRendezvous {
    static let flag = Flag.value("rendezvous", "FILE", "its coordinator, where this file tells that it is", .files)

    /// Endpoints that nobody has looked at yet, the likeliest first.
    ///
    /// - Throws: `UserError`: noInput where no file is, unavailable where it says that nobody listens any more; as
    ///   `RendezvousFile.read`.
    static func addresses(in path: String) throws -> [String] {
        guard let file = try RendezvousFile.read(path) else {
            throw UserError(.noInput, "\(path) is not there: no coordinator has told where it is")
        }
        let sentence: String? =
            switch file.standing {
            case .listening: nil
            case .stopped: "was stopped early"
            case .over: "is over"
            case .failed: "ended with a fault"
            }
        if let sentence {
            throw UserError(.unavailable, "\(path) says that run \(file.run) \(sentence): no coordinator listens")
        }
        return file.addresses
    }
}
