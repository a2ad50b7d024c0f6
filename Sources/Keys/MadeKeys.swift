import Host
package import Messaging
import Synchronization

/// A list of keys that this process made itself, for workers that it starts: they are in no file, and last as long as the list.
package final class MadeKeys: Sendable {
    /// The coordinator's own.
    package let pair: CurveKeyPair
    private let names = Mutex<[CurvePublicKey: String]>([:])

    /// - Throws: `UserError` (operatingSystem) where libzmq was built without keys.
    package init() throws { pair = try CurveKeyPair.generated() }

    /// Makes a worker's pair and lets it in from now on.
    ///
    /// - Returns: what the worker is to be handed, key files one behind the other; and its public key, by which it is taken off again.
    /// - Throws: as `init`.
    package func add(_ name: String) throws -> (text: String, key: CurvePublicKey) {
        let worker = try CurveKeyPair.generated()
        names.withLock { $0[worker.publicKey] = name }
        let text =
            KeyFile.secretText(worker, holder: name)
            + KeyFile.publicText(pair.publicKey, holder: KeyGeneration.coordinatorFolder)
        return (text, worker.publicKey)
    }

    /// Nobody gets in with this key from now on; connections that stand are not cut.
    package func remove(_ key: CurvePublicKey) { names.withLock { $0[key] = nil } }

    /// Whose it is; nil for a key that is not on the list. Called from the authenticator's thread.
    func name(of key: CurvePublicKey) -> String? { names.withLock { $0[key] } }
}
