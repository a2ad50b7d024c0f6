import Host
package import Messaging

/// Makes the key folders of a coordinator and its workers, one below the other's side:
///
///     DIR/coordinator/  secret.key, allowed/NAME.key     stays with the coordinator
///     DIR/NAME/         secret.key, coordinator.key      goes to the worker's host
///
/// In a folder that has a coordinator already, workers are added to it.
package enum KeyGeneration {
    /// The coordinator's folder, and what its keys are called; no worker may have this name.
    package static let coordinatorFolder = "coordinator"
    /// Workers made by one call.
    package static let workerLimit = 1024
    static let nameLimit = 64

    /// A folder that was made, with the pair in it.
    package struct NewKey: Sendable, Equatable {
        /// A worker's name, or `coordinatorFolder`.
        package let holder: String
        /// Its path: what `--keys` is given.
        package let folder: String
        /// The pair's public key; the secret one is in the folder alone.
        package let key: CurvePublicKey
    }

    /// - Returns: what was made, the coordinator first where it was missing.
    /// - Throws: `UserError`: cannotCreate for a worker that has a key already, usage for what is no name, noPermission where
    ///   others can enter the folder.
    package static func make(in folder: String, workers: [String]) throws -> [NewKey] {
        for name in workers { try check(name) }
        guard Set(workers).count == workers.count, workers.count <= workerLimit else {
            throw UserError(.usage, "each worker is named once, and at most \(workerLimit) at a time")
        }
        try claim(folder)
        let own = "\(folder)/\(coordinatorFolder)"
        let allowed = "\(own)/\(KeyFile.allowedName)"
        for name in workers where FileSystem.exists("\(folder)/\(name)") || FileSystem.exists(listed(allowed, name)) {
            throw UserError(
                .cannotCreate,
                "worker \(name) has a key in \(folder); to give it another one remove \(folder)/\(name) and "
                    + listed(allowed, name))
        }
        var made: [NewKey] = []
        if !FileSystem.exists(own) {
            let pair = try CurveKeyPair.generated()
            try FileSystem.createDirectory(allowed, mode: 0o700)
            try write("\(own)/\(KeyFile.secretName)", KeyFile.secretText(pair, holder: coordinatorFolder))
            made.append(NewKey(holder: coordinatorFolder, folder: own, key: pair.publicKey))
        }
        let coordinator = try CoordinatorKeys(own).pair.publicKey
        for name in workers {
            let pair = try CurveKeyPair.generated()
            let place = "\(folder)/\(name)"
            try FileSystem.createDirectory(place, mode: 0o700)
            try write("\(place)/\(KeyFile.secretName)", KeyFile.secretText(pair, holder: name))
            try write(
                "\(place)/\(KeyFile.coordinatorName)", KeyFile.publicText(coordinator, holder: coordinatorFolder))
            // Last: a running coordinator lets the worker in from here on.
            try write(listed(allowed, name), KeyFile.publicText(pair.publicKey, holder: name))
            made.append(NewKey(holder: name, folder: place, key: pair.publicKey))
        }
        return made
    }

    private static func listed(_ allowed: String, _ name: String) -> String { "\(allowed)/\(name)\(KeyFile.suffix)" }

    private static func check(_ name: String) throws {
        let isPlain = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_.".utf8.contains(byte)
        }
        guard isPlain, !name.isEmpty, name.utf8.count <= nameLimit, !name.hasPrefix("."), name != coordinatorFolder
        else {
            throw UserError(
                .usage,
                "'\(name)' is no name for a worker: it takes 1 to \(nameLimit) of a-z, A-Z, 0-9, '-', '_' and '.', none of "
                    + "them a dot in front, and not '\(coordinatorFolder)'")
        }
    }

    /// A new folder is the owner's alone; one that stands must be.
    private static func claim(_ folder: String) throws {
        try FileSystem.checkFolder(folder, for: "keys need a folder of their own")
        if !FileSystem.exists(folder) { try FileSystem.createDirectory(folder, mode: 0o700) }
        let rights = try FileSystem.othersRights(folder)
        let judge = KeyRights.ofThisProcess
        if let objection = judge.objection(toOwner: rights.owner, of: folder) {
            throw UserError(.noPermission, objection)
        }
        // In a folder that all share, as /tmp, nobody changes what another has made, and what is made here nobody else can enter.
        guard rights.isSticky || rights.mode.hasSuffix("00") else {
            throw UserError(
                .noPermission,
                "others can enter \(folder) (mode \(rights.mode)): chmod 700 \(ShellWord.quoted(folder)), or name a new folder"
            )
        }
    }

    private static func write(_ path: String, _ text: String) throws {
        guard try FileSystem.createExclusively(path, Array(text.utf8), mode: 0o600) else {
            throw UserError(.cannotCreate, "\(path) exists; a key is never written over")
        }
    }
}
