package import Host
package import Messaging

/// Why a coordinator does not let its caller in, in a sentence and with the code to exit with.
package struct AdmissionRefusal: Sendable, Equatable {
    /// Tells whoever starts workers whether another try may help.
    package let exitCode: ExitCode
    package let sentence: String
}

/// Reads what becomes of a caller's handshakes, a worker's or a command's. Some failures are answers, and nobody need ask again; a connection
/// that is broken off is only told, for it may be a wrong key, or keys on one side; where nobody even greets it is a tunnel or a
/// proxy whose far end is down.
package struct RefusalWatch {
    private let keys: WorkerKeys?
    private let caller: String
    private let hearsGreeting: @Sendable (Endpoint) -> Bool
    private var breaks: [Int: Int] = [:]
    /// By the endpoint's place in the list.
    private var refusals: [Int: AdmissionRefusal] = [:]

    /// Handshakes broken off one after the other before it is told: four dials over two connections, a second or two.
    package static let breakLimit = 8

    /// What a failed handshake means for whoever dials.
    package enum Finding: Sendable, Equatable {
        /// Asking again is of no use.
        case refused(AdmissionRefusal)
        /// To be told, while dialling goes on.
        case suspected(AdmissionRefusal)
    }

    /// - Parameters:
    ///   - caller: how its sentences call this side.
    ///   - hearsGreeting: whether anybody is at an endpoint; it may take seconds, and is asked once every `breakLimit` breaks.
    package init(
        _ keys: WorkerKeys?, caller: String = "this worker",
        hearsGreeting: @escaping @Sendable (Endpoint) -> Bool = { GreetingProbe.hearsGreeting(at: $0) }
    ) {
        self.keys = keys
        self.caller = caller
        self.hearsGreeting = hearsGreeting
    }

    /// - Parameter place: which endpoint of the list it is about.
    /// - Returns: what is new; nil for what was found before.
    package mutating func take(
        _ handshakes: (failures: [HandshakeFailure], isGreeted: Bool), at endpoint: Endpoint, place: Int
    ) -> Finding? {
        if handshakes.isGreeted { (breaks[place], refusals[place]) = (nil, nil) }
        for failure in handshakes.failures {
            if failure == .brokenOff { breaks[place, default: 0] += 1 }
            guard let refusal = refusal(failure, endpoint, place) else { continue }
            let isNew = refusals.updateValue(refusal, forKey: place) != refusal
            if failure != .brokenOff { return .refused(refusal) }
            if isNew { return .suspected(refusal) }
        }
        return nil
    }

    /// How many endpoints have refused, or seem to.
    package var count: Int { refusals.count }

    /// For the worker that gives up: of the first endpoint in the list that refused.
    package var explanation: AdmissionRefusal? { refusals.min { $0.key < $1.key }?.value }

    private func refusal(_ failure: HandshakeFailure, _ endpoint: Endpoint, _ place: Int) -> AdmissionRefusal? {
        switch failure {
        case .denied(let status) where status >= 500:
            AdmissionRefusal(
                exitCode: .temporary,
                sentence: "the coordinator at \(endpoint) cannot read its list of workers now; its log says why")
        case .denied:
            AdmissionRefusal(
                exitCode: .noPermission,
                sentence: "the coordinator at \(endpoint) does not let \(caller) in: the key "
                    + "\(keys.map { "\($0.publicKey)" } ?? "") is not on its list (its folder \(KeyFile.allowedName))")
        case .mechanismMismatch:
            AdmissionRefusal(
                exitCode: .configuration,
                sentence: keys == nil
                    ? "the coordinator at \(endpoint) asks for keys and \(caller) has none: give --keys DIR, a folder that "
                        + "snas keygen made"
                    : "the coordinator at \(endpoint) has no keys and \(caller) was given --keys: start both with keys or "
                        + "both without")
        case .brokenOff: (breaks[place] ?? 0).isMultiple(of: Self.breakLimit) ? broken(endpoint) : refusals[place]
        case .wrongKey, .noAnswer, .malformed: nil
        }
    }

    private func broken(_ endpoint: Endpoint) -> AdmissionRefusal {
        guard hearsGreeting(endpoint) else {
            return AdmissionRefusal(
                exitCode: .unavailable,
                sentence:
                    "\(endpoint) accepts connections and closes them without a word: a tunnel or proxy whose far end is "
                    + "down, or something else than a coordinator")
        }
        guard let keys else {
            return AdmissionRefusal(
                exitCode: .configuration,
                sentence: "\(endpoint) breaks off every connection: the coordinator there asks for keys (--keys)")
        }
        return AdmissionRefusal(
            exitCode: .noPermission,
            sentence: "\(endpoint) breaks off every connection: \(keys.coordinatorFile) does not hold the key of the "
                + "coordinator there, or that one uses no keys")
    }
}
