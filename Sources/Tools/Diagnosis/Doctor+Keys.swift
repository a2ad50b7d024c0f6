import Host
package import Keys
import Messaging

extension Doctor {
    /// Whether keys are in order, be they a coordinator's or a worker's.
    package func keys(_ source: KeySource) -> Finding {
        do {
            if let worker = try worker(source) {
                return Finding("keys", .fine, "a worker's, public key \(worker.publicKey)")
            }
            let keys = try CoordinatorKeys(source)
            let text =
                "a coordinator's, public key \(keys.pair.publicKey); \(keys.names.count) of workers that may join"
            return Finding("keys", keys.names.isEmpty ? .doubtful : .fine, text)
        } catch {
            return Finding("keys", .bad, error.userSentence)
        }
    }

    /// Whether a key folder is in order.
    package func keys(at folder: String) -> Finding { keys(.folder(folder)) }

    /// Nil for a coordinator's. One public key may be either side's where keys are handed over: then it has the coordinator's name.
    private func worker(_ source: KeySource) throws -> WorkerKeys? {
        switch source {
        case .folder(let folder):
            guard FileSystem.exists("\(folder)/\(KeyFile.coordinatorName)") else { return nil }
        case .handed(let files, _):
            guard files.contains(where: { $0.pair == nil && $0.holder == KeyGeneration.coordinatorFolder }) else {
                return nil
            }
        }
        return try WorkerKeys(source)
    }
}
