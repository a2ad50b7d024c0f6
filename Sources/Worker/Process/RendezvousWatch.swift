import Host
package import Messaging
import RunStore
package import Wire

/// The worker's side of a rendezvous file: looked into again and again while no coordinator has this worker.
package struct RendezvousWatch: Sendable {
    /// What a look has found.
    package enum Finding: Sendable, Equatable {
        /// Nothing new.
        case nothing
        /// Other addresses than before.
        case addresses([Endpoint])
        /// The run has come to its end: nobody need wait for a coordinator.
        case ended(reason: String)
    }

    /// As `--rendezvous` gave it.
    package let path: String
    private let check: @Sendable (Endpoint) throws -> Void
    private var addresses: [Endpoint] = []
    /// Of the coordinator that was believed last; an older one was replaced by it.
    private var newest: (run: RunIdentity, generation: UInt64)?
    private var nextLook: Duration = .zero

    /// Between two looks: a file server shall not feel them.
    package static let interval: Duration = .seconds(1)

    /// - Parameter check: throws for an address that this worker may not dial, as one of another machine without keys.
    package init(path: String, check: @escaping @Sendable (Endpoint) throws -> Void = { _ in }) {
        self.path = path
        self.check = check
    }

    /// A coordinator has taken this worker in, wherever it was found.
    package mutating func welcomed(to run: RunIdentity, generation: UInt64) { newest = (run, generation) }

    /// Where it is time to look; a file that is not there is waited for.
    ///
    /// - Throws: as `RendezvousFile.read`, and for an address that cannot or may not be dialled. What was found before holds on.
    package mutating func look(at now: Duration) throws -> Finding {
        guard now >= nextLook else { return .nothing }
        nextLook = now + Self.interval
        guard let file = try believed() else { return .nothing }
        guard !file.standing.isFinal else {
            return .ended(
                reason: file.standing == .over
                    ? "run \(file.run) is over, says \(path)"
                    : "run \(file.run) ended with a fault, says \(path); its coordinator's log has it")
        }
        let found = try file.addresses.map { text in
            do {
                let endpoint = try Endpoint(toDial: text)
                try check(endpoint)
                return endpoint
            } catch let error as any UserFacingError {
                throw UserError(error is EndpointError ? .data : error.exitCode, "\(path): \(error.sentence)")
            }
        }
        newest = (file.run, file.generation)
        guard found != addresses else { return .nothing }
        addresses = found
        return .addresses(found)
    }

    /// Nil where nothing is there, or what is there is older than what was known.
    private func believed() throws -> RendezvousFile? {
        guard let file = try RendezvousFile.read(path) else { return nil }
        if let newest, newest.run == file.run, file.generation < newest.generation { return nil }
        return file
    }
}
