import Formats
import Host
import Keys
import Messaging
import Reporting
import SearchProtocol

/// Where a coordinator is found: the addresses that a rendezvous file tells, and those of the command line.
extension WorkerProcess {
    /// Before anything is dialled: a file that is wrong from the beginning is its giver's mistake.
    ///
    /// - Throws: as `RendezvousWatch.look`.
    func beginWithRendezvous() throws {
        guard let found = try rendezvous?.look(at: Clock.monotonic()) else { return }
        take(found)
        if endpoints.isEmpty, ending == nil, let path = rendezvous?.path {
            log(LogLine(.rendezvous, "waiting for \(path), which is not there yet", ["path": .string(path)]))
        }
    }

    /// While no coordinator has this worker.
    ///
    /// - Returns: whether there are other addresses now, to be dialled.
    func hasMoved() -> Bool {
        do {
            guard let found = try rendezvous?.look(at: Clock.monotonic()) else { return false }
            take(found)
            rendezvousTrouble = nil
            if case .addresses = found { return true }
        } catch {
            // It may be right again at the next look; said once, not each second.
            let sentence = error.userSentence
            if sentence != rendezvousTrouble { warn(LogLine(.rendezvous, sentence, level: .warning)) }
            rendezvousTrouble = sentence
        }
        return false
    }

    private func take(_ found: RendezvousWatch.Finding) {
        switch found {
        case .nothing: break
        case .ended(let reason):
            log(LogLine(.rendezvous, reason))
            ending = .runOver(reason: reason)
        case .addresses(let told):
            endpoints = told + options.endpoints.filter { !told.contains($0) }
            let list = told.map(\.description).joined(separator: ", ")
            log(LogLine(.rendezvous, "\(rendezvous?.path ?? "") tells of a coordinator at \(list)"))
        }
    }

    /// What was dialled, for whoever reads that nobody answered.
    var dialledAccount: String {
        let accounts = dialled.map(\.account).joined(separator: ", ")
        guard let path = rendezvous?.path else { return accounts }
        return accounts.isEmpty ? "any address (\(path) is not there)" : "\(accounts) (\(path))"
    }
}
