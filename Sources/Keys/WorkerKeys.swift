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
    /// Path of the file that the coordinator's key was read from, for sentences about it.
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

    private static func hint(_ folder: String) -> String {
        if FileSystem.isDirectory("\(folder)/\(KeyFile.allowedName)") { return "; it is the coordinator's" }
        let names = ((try? FileSystem.list(folder)) ?? []).filter {
            FileSystem.exists("\(folder)/\($0)/\(KeyFile.coordinatorName)")
        }
        if let name = names.first { return "; did you mean --keys \(folder)/\(name)?" }
        return "; snas keygen --out DIR makes one"
    }
}
