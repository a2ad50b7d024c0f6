import Coordinator
import Formats
import Host
import Messaging
import Reporting

/// `--advertise` and `--rendezvous`: what others are told of the place where a coordinator listens.
extension ListeningPort {
    static let tellingFlags: [Flag] = [
        .value(
            "advertise", "ADDRESS",
            "host or host:port by which others reach it; without it the addresses that this machine has"),
        .value(
            "rendezvous", "FILE", "on a shared file system: tells workers where it is, after each resume too", .files),
    ]

    /// - Throws: `UserError` (usage) for what nobody can dial.
    static func advertised(_ flags: CommandLineFlags, at endpoint: Endpoint) throws -> AdvertisedAddress? {
        guard let text = flags.values["advertise"] else { return nil }
        guard endpoint.path == nil else {
            throw UserError(.usage, "--advertise goes with a port: \(endpoint) is reached by its path alone")
        }
        do { return try AdvertisedAddress(parsing: text) } catch {
            throw UserError(.usage, "--advertise: \(error)")
        }
    }

    /// Writes the file of a coordinator that is about to begin, and says so.
    ///
    /// - Throws: as `Rendezvous.begin`.
    func tell(by rendezvous: Rendezvous) throws {
        let path = rendezvous.path
        if let other = try rendezvous.begin() {
            warn("\(path) told of run \(other) before, whose end it did not tell: its workers are led here now")
        }
        let place = ShellWord.quoted((try? FileSystem.absolutePath(path)) ?? path)
        let word = keys != nil ? " --keys DIR" : told.allSatisfy(\.isLocal) ? "" : " --insecure"
        LogStream.snas.say(
            LogLine(
                .rendezvous, "\(path) tells workers where this is: snas-worker --rendezvous \(place)\(word)",
                ["path": .string(path)]))
        if let first = told.first, told.allSatisfy({ $0.isLocal && $0.path == nil }) {
            warn(
                "\(first) in \(path) is an address that only this machine reaches: give another to --bind, or --advertise, for "
                    + "workers on other machines")
        }
    }

    private func warn(_ sentence: String) {
        LogStream.snas.say(LogLine(.rendezvous, sentence, level: .warning))
    }
}
