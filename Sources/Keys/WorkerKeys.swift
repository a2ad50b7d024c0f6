import Host
package import Messaging

/// A worker's key folder (`--keys`): its own pair, and the one coordinator that it talks to.
///
///     secret.key        the worker's pair, mode 0600
///     coordinator.key   the coordinator's public key
package struct WorkerKeys: Sendable {
    /// For the worker's sockets.
    package let client: CurveClient
    /// What the coordinator must have on its list.
    package let publicKey: CurvePublicKey
    /// The file or descriptor that the coordinator's key was read from, for sentences about it.
    package let coordinatorFile: String

    /// - Throws: `UserError`: noInput for what is missing, noPermission for what others can read or change, data for what is
    ///   no key.
    package init(_ folder: String) throws {
        coordinatorFile = "\(folder)/\(KeyFile.coordinatorName)"
        guard FileSystem.exists(coordinatorFile) else {
            throw UserError(
                .noInput,
                "\(folder) is no key folder of a worker: there is no file \(coordinatorFile)\(Self.hint(folder))")
        }
        let pair = try KeyReading.pair("\(folder)/\(KeyFile.secretName)")
        publicKey = pair.publicKey
        client = CurveClient(pair, coordinator: try KeyReading.publicKey(coordinatorFile))
    }

    /// - Throws: as for a folder; data too where not one secret and one public key are handed over.
    package init(_ source: KeySource) throws {
        switch source {
        case .folder(let folder): try self.init(folder)
        case .handed(let files, let place): try self.init(files, place: place)
        }
    }

    private init(_ files: [KeyFile], place: String) throws {
        let wanted = "a worker's are its own \(KeyFile.secretName) and \(KeyFile.coordinatorName), one behind the other"
        let (pair, others) = try KeySource.sorted(files, place: place, wanted: wanted, isCoordinator: false)
        guard others.count == 1, let coordinator = others.first?.publicKey else {
            throw UserError(.data, "\(others.count) public keys come over \(place), and \(wanted)")
        }
        coordinatorFile = place
        publicKey = pair.publicKey
        client = CurveClient(pair, coordinator: coordinator)
    }

    private static func hint(_ folder: String) -> String {
        if FileSystem.isDirectory("\(folder)/\(KeyFile.allowedName)") { return "; it is the coordinator's" }
        let names = ((try? FileSystem.list(folder)) ?? []).filter {
            FileSystem.exists("\(folder)/\($0)/\(KeyFile.coordinatorName)")
        }
        if let name = names.first { return "; did you mean --keys \(folder)/\(name)?" }
        return "; snas keygen --out DIR makes one"
    }
}
