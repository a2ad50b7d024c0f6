package import Host
package import Messaging

/// Where a program's keys come from: a folder (`--keys DIR`), or what whoever started it hands over an open descriptor
/// (`--keys_fd N`), so that they never touch a disk: key files one behind the other. Never the environment, which children inherit
/// and the kernel shows.
package enum KeySource: Sendable {
    case folder(String)
    /// Read to its end; nobody can read it again.
    case handed([KeyFile], place: String)

    /// Flags that say it.
    package static let flagNames = ["keys", "keys_fd"]
    /// Of all key files that are handed over together.
    package static let limitBytes = 4 << 20

    /// Reads a descriptor to its end; to be called once.
    ///
    /// - Returns: nil where no keys are given.
    /// - Throws: `UserError`: usage for flags that exclude each other, noInput, noPermission or data for what is no keys.
    package static func given(by flags: CommandLineFlags) throws -> KeySource? {
        let names =
            flagNames.filter { flags.values[$0] != nil } + (flags.toggles.contains("insecure") ? ["insecure"] : [])
        guard names.count <= 1 else {
            throw UserError(.usage, "--\(names[0]) and --\(names[1]) exclude each other")
        }
        if let folder = flags.values["keys"] { return .folder(folder) }
        guard let text = flags.values["keys_fd"] else { return nil }
        guard let number = Int32(text), number >= 0 else {
            throw UserError(.usage, "--keys_fd is '\(text)'; it takes the number of an open descriptor")
        }
        return try handed(over: number)
    }

    package static func handed(over descriptor: Int32) throws -> KeySource {
        let place = "descriptor \(descriptor)"
        let bytes: [UInt8]
        let rights: FileSystem.OthersRights?
        do { (bytes, rights) = try InheritedDescriptor.read(descriptor, limitBytes: limitBytes) } catch {
            throw UserError(.noInput, "no keys come over \(place) (--keys_fd): \(error.userSentence)")
        }
        if let rights, let objection = KeyRights.ofThisProcess.objection(to: place, rights, isSecret: true) {
            throw UserError(.noPermission, objection)
        }
        do { return .handed(try KeyFile.all(parsing: bytes), place: place) } catch {
            throw UserError(.data, "what comes over \(place) is not key files, one behind the other: \(error)")
        }
    }

    /// The one secret key of those that were handed over, and the public ones.
    ///
    /// - Parameter isCoordinator: whose keys they are to be. What the files call their holders may be missing, and is believed where
    ///   it says that they are the other side's.
    static func sorted(_ files: [KeyFile], place: String, wanted: String, isCoordinator: Bool) throws -> (
        pair: CurveKeyPair, others: [KeyFile]
    ) {
        let pairs = files.compactMap(\.pair)
        guard pairs.count == 1, let pair = pairs.first else {
            throw UserError(.data, "\(pairs.count) secret keys come over \(place), and \(wanted)")
        }
        let isOwnCoordinators = files.contains { $0.pair != nil && $0.holder == KeyGeneration.coordinatorFolder }
        let othersHaveCoordinator = files.contains { $0.pair == nil && $0.holder == KeyGeneration.coordinatorFolder }
        if isCoordinator ? othersHaveCoordinator && !isOwnCoordinators : isOwnCoordinators && !othersHaveCoordinator {
            let other = isCoordinator ? "a worker's" : "the coordinator's"
            throw UserError(.data, "\(other) keys come over \(place), and \(wanted)")
        }
        return (pair, files.filter { $0.pair == nil })
    }
}
