import CZeroMQ
import Synchronization

/// What the list of those who may join says of a key.
package enum AdmissionVerdict: Sendable, Hashable {
    case admitted(name: String)
    /// Not on the list.
    /// - Parameter remark: what else was found wrong while looking; empty for nothing.
    case unknown(remark: String)
    /// The list could not be read.
    case undecided(reason: String)
}

/// A connection that the list kept out.
package struct DeniedConnection: Sendable, Hashable {
    /// The peer's numeric address; empty over `ipc://`.
    package let address: String
    /// The key that the peer has proved to hold.
    package let key: CurvePublicKey
    /// Why it was kept out: never `admitted`.
    package let verdict: AdmissionVerdict

    package init(address: String, key: CurvePublicKey, verdict: AdmissionVerdict) {
        self.address = address
        self.key = key
        self.verdict = verdict
    }
}

/// Says who may join: libzmq asks about every connection's key (ZAP, RFC 27) before it hands on a word from there. Without
/// one libzmq 4.3.4 lets any key in, so a CURVE server cannot be made here without an authenticator, and holds it.
///
/// It answers from a thread of its own: a coordinator that reads its data or steps its optimiser keeps nobody waiting.
package final class Authenticator {
    private let server: AuthenticationServer
    private let thread: UnsafeMutableRawPointer
    private let bell: RawSocket

    /// Denied connections that may wait to be told; later ones are dropped.
    static let deniedLimit = 64
    /// libzmq 4.3.4 can lose a wake-up: so long it may cost.
    static let pollMilliseconds = 500
    /// Longest status text or name that is answered, in bytes.
    static let nameBytes = 255

    /// - Parameter decide: called from the authenticator's thread for every connection; may read files.
    package init(_ context: MessagingContext, decide: @escaping @Sendable (CurvePublicKey) -> AdmissionVerdict) throws {
        context.adoptCurve()
        let server = try AuthenticationServer(context, decide)
        let bell = try RawSocket(context, type: ZMQ_PAIR)
        guard zmq_connect(bell.handle, server.bellAddress) == 0 else { throw MessagingError("start the authenticator") }
        // Taken and released by the thread.
        let held = Unmanaged.passRetained(server)
        guard
            let thread = zmq_threadstart(
                { argument in
                    if let argument { Unmanaged<AuthenticationServer>.fromOpaque(argument).takeRetainedValue().serve() }
                }, held.toOpaque())
        else {
            held.release()
            throw MessagingError("start the authenticator")
        }
        self.server = server
        self.bell = bell
        self.thread = thread
    }

    deinit {
        zmq_send(bell.handle, [0], 1, 0)
        zmq_threadclose(thread)
    }

    /// Those kept out since it was asked last; at most `deniedLimit`.
    package func takeDenied() -> [DeniedConnection] {
        server.denied.withLock { denied in
            defer { denied = [] }
            return denied
        }
    }
}

/// The authenticator's thread and what it shares.
///
/// `@unchecked Sendable`: the sockets are made before the thread starts and used by the thread alone from then on; `denied` is
/// under its own lock; everything else is constant.
private final class AuthenticationServer: @unchecked Sendable {
    let bellAddress: String
    let denied = Mutex<[DeniedConnection]>([])
    private let questions: RawSocket
    private let bell: RawSocket
    private let decide: @Sendable (CurvePublicKey) -> AdmissionVerdict

    private static let endpoint = "inproc://zeromq.zap.01"

    init(_ context: MessagingContext, _ decide: @escaping @Sendable (CurvePublicKey) -> AdmissionVerdict) throws {
        questions = try RawSocket(context, type: ZMQ_REP)
        bell = try RawSocket(context, type: ZMQ_PAIR)
        self.decide = decide
        bellAddress = "inproc://authenticator-\(UInt(bitPattern: bell.handle))"
        guard zmq_bind(questions.handle, Self.endpoint) == 0, zmq_bind(bell.handle, bellAddress) == 0 else {
            throw MessagingError("listen at", Self.endpoint)
        }
    }

    func serve() {
        while true {
            var items = [questions, bell].map {
                zmq_pollitem_t(socket: $0.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
            }
            _ = zmq_poll(&items, 2, Authenticator.pollMilliseconds)
            if ReceivedFrame.message(from: bell.handle, limit: 1) != nil { return }
            while let frames = ReceivedFrame.message(from: questions.handle, limit: 7) { answer(frames.map(\.array)) }
        }
    }

    /// A question: version, request id, domain, address, identity, mechanism, key.
    private func answer(_ question: [[UInt8]]) {
        var verdict = AdmissionVerdict.unknown(remark: "")
        if question.count == 7, question[0] == Array("1.0".utf8), question[5] == Array("CURVE".utf8),
            let key = CurvePublicKey(bytes: question[6])
        {
            verdict = decide(key)
            note(DeniedConnection(address: Self.address(question[3]), key: key, verdict: verdict))
        }
        let status: String
        var name: [UInt8] = []
        switch verdict {
        case .admitted(let holder):
            status = "200"
            name = Array(holder.utf8.prefix(Authenticator.nameBytes))
        case .unknown: status = "400"
        case .undecided: status = "500"
        }
        let request = question.count > 1 ? question[1] : []
        let frames = [Array("1.0".utf8), request, Array(status.utf8), [], name, []]
        for (place, frame) in frames.enumerated() {
            zmq_send(questions.handle, frame, frame.count, ZMQ_DONTWAIT | (place < frames.count - 1 ? ZMQ_SNDMORE : 0))
        }
    }

    /// libzmq tells an IPv4 address in its IPv6 form.
    private static func address(_ told: [UInt8]) -> String {
        let text = String(decoding: told, as: UTF8.self)
        return text.hasPrefix("::ffff:") ? String(text.dropFirst(7)) : text
    }

    private func note(_ connection: DeniedConnection) {
        if case .admitted = connection.verdict { return }
        denied.withLock { if $0.count < Authenticator.deniedLimit { $0.append(connection) } }
    }
}
