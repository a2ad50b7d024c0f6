import Messaging
import RunStore
import SearchProtocol
import Wire

/// What the instance asks for, done.
extension CoordinatorProcess {
    func perform(_ directive: CoordinatorDirective) throws {
        switch directive {
        case .send(let envelope, let peer): try send(envelope, to: peer)
        case .sendPiece(let blob, let index, let head, let peer):
            let piece = blobs[blob]?.piece(index)
            try send(head.envelope(piece.map(Message.piece) ?? .blobMissing(blob.digest)), to: peer)
        case .tellStatus(let head, let peer):
            let document = status.text(instance, reporter.live, reporter.evaluation, notes: reporter.newest)
            try send(head.envelope(.status(document: document)), to: peer)
        case .roundFilled(let result):
            try absorb { session, workers, seconds in
                session.absorb(result, workers: workers, seconds: seconds)
            }
        case .roundSkipped(let skip):
            reporter.say(FaultText.line(skip, session.layout))
            try absorb { session, workers, seconds in session.skip(skip, workers: workers, seconds: seconds) }
        case .renewLease: renewLease()
        case .endBlind(let reason): throw EarlyEnding.blind(reason, session.howToGoOn)
        case .endSuperseded(let newer): throw EarlyEnding.superseded(session.directory, by: newer)
        case .waitedTooLong(let have, let need): if !isOver { end(.tooFewWorkers(have: have, need: need)) }
        case .perform(let action): files.perform(action)
        case .persisted(let name): status.persisted(name)
        case .kindFixed(let kind):
            unwrittenKind = kind
            writeKind()
        case .note(let note): reporter.say(note)
        }
    }

    func send(_ envelope: Envelope, to peer: Peer) throws {
        // A full queue means a peer that asks for more than it takes; what is lost it asks for again.
        let message = envelope.encoded()
        let block = message.block.map { block in block.withUnsafeBytes { OutgoingBlock($0, keptBy: block.keeper) } }
        if try router.send(message.frame, block: block, to: PeerIdentity(peer.bytes)) == .unreachable {
            unreached.append(peer)
        }
    }
}
