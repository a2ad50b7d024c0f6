import Optimization
import Wire

/// A node's result that a worker announced: its payload is fetched before it counts.
struct Contribution: Sendable {
    let node: TreeNode
    let result: NodeResult
    let worker: WorkerIdentity
    var reception: BlobReception?
    /// When its fetching began, or a piece of it came last.
    var lastPieceAt: Duration = .zero

    /// What came, once it is whole; nil when it is not what was announced.
    ///
    /// - Parameter whole: how the vector is cut of which the payload holds parts; nil where it holds the whole.
    consuming func verifiedPayload(root: TreeNode, in whole: VectorParts?, isChecked: Bool) -> Payload? {
        guard let reception else { return nil }
        if let whole, let parts = result.parts {
            return reception.verifiedFloats(isChecked: isChecked).map {
                .partial(PartialVector($0, of: parts, in: whole))
            }
        }
        if node == root { return reception.verifiedFloats(isChecked: isChecked).map(Payload.whole) }
        return reception.verified(isChecked: isChecked)?.vector.map(Payload.parted)
    }
}

/// A node's sum as it came.
enum Payload: Sendable {
    case whole([Float])
    case parted(PartedVector)
    case partial(PartialVector)

    /// What a node without a payload sums to.
    static func empty(_ parts: PartSet?, in whole: VectorParts?) -> Payload {
        guard let whole, let parts else { return .whole([]) }
        return .partial(PartialVector([], of: parts, in: whole))
    }

    /// In one piece; a copy, where it is not.
    var array: [Float] {
        switch self {
        case .whole(let vector): vector
        case .parted(let vector): vector.array
        case .partial(let vector): vector.array
        }
    }
}

/// The announced contributions of the open round. At most `contributionsFetchedAtOnce` are fetched side by side, which
/// bounds the coordinator's memory and the bytes in flight towards it.
struct ContributionQueue: Sendable {
    private let settings: ProtocolSettings
    private(set) var fetching: [Contribution] = []
    private var waiting: [Contribution] = []
    /// The window that a worker's last payload ended with: its link has not changed since.
    private var windows: [WorkerIdentity: Int] = [:]

    init(settings: ProtocolSettings) { self.settings = settings }

    /// False where no more can be remembered; the worker announces again.
    mutating func announce(_ contribution: Contribution) -> Bool {
        let isKnown = { (other: Contribution) in
            other.node == contribution.node && other.worker == contribution.worker
        }
        if fetching.contains(where: isKnown) || waiting.contains(where: isKnown) { return true }
        guard waiting.count < settings.contributionsWaiting else { return false }
        waiting.append(contribution)
        return true
    }

    /// Starts fetching while there is room; `isFilled` drops what others have answered meanwhile.
    ///
    /// - Parameter root: its payload is the round's sum: written in one piece while it comes, as parts of a vector are, which are
    ///   short. Others are added from where they lie.
    mutating func start(root: TreeNode, at now: Duration, unless isFilled: (TreeNode) -> Bool) -> [Contribution] {
        var late: [Contribution] = []
        while fetching.count < settings.contributionsFetchedAtOnce, !waiting.isEmpty {
            var next = waiting.removeFirst()
            guard !isFilled(next.node), let payload = next.result.payload else {
                late.append(next)
                continue
            }
            next.reception = BlobReception(
                payload, pieceBytes: settings.pieceBytes,
                window: windows[next.worker] ?? settings.pieces.smallestWindow, limits: settings.pieces,
                as: next.node == root || next.result.parts != nil ? .floats : .views, isWatched: true)
            next.lastPieceAt = now
            fetching.append(next)
        }
        return late
    }

    /// The pieces to ask for now.
    mutating func questions(at now: Duration) -> [(worker: WorkerIdentity, wanted: PiecesWanted)] {
        var questions: [(worker: WorkerIdentity, wanted: PiecesWanted)] = []
        for position in fetching.indices {
            guard let blob = fetching[position].result.payload?.digest else { continue }
            for indices in fetching[position].reception?.questions(at: now) ?? [] {
                questions.append((fetching[position].worker, PiecesWanted(blob: blob, indices: indices)))
            }
        }
        return questions
    }

    /// Takes a piece in; the contributions that it completed leave the queue.
    mutating func receive(_ piece: Piece, from worker: WorkerIdentity, at now: Duration) -> [Contribution] {
        var isAnyWhole = false
        for position in fetching.indices where fetching[position].worker == worker {
            guard fetching[position].reception?.receive(piece, at: now) == true else { continue }
            fetching[position].lastPieceAt = now
            guard fetching[position].reception?.isWhole == true else { continue }
            windows[worker] = fetching[position].reception?.window
            isAnyWhole = true
        }
        guard isAnyWhole else { return [] }
        let whole = fetching.filter { $0.reception?.isWhole == true }
        fetching.removeAll { $0.reception?.isWhole == true }
        return whole
    }

    mutating func forget(_ worker: WorkerIdentity) {
        windows[worker] = nil
        fetching.removeAll { $0.worker == worker }
        waiting.removeAll { $0.worker == worker }
    }

    /// Drops a blob that its worker says it does not hold; the node is open again.
    mutating func forget(_ worker: WorkerIdentity, blob: BlobReference) -> [TreeNode] {
        let gone = fetching.filter { $0.worker == worker && $0.result.payload == blob }.map(\.node)
        fetching.removeAll { $0.worker == worker && $0.result.payload == blob }
        return gone
    }

    /// A contribution of this worker that is being fetched and of which nothing has come for longer than a piece may take.
    func stalled(
        of worker: WorkerIdentity, at now: Duration
    ) -> (node: TreeNode, silent: Duration, bytesReceived: Int)? {
        for contribution in fetching where contribution.worker == worker {
            let silent = now - contribution.lastPieceAt
            guard silent > settings.pieces.overdue else { continue }
            return (contribution.node, silent, contribution.reception?.bytesReceived ?? 0)
        }
        return nil
    }

    var depths: (fetching: Int, waiting: Int) { (fetching.count, waiting.count) }

    /// Bytes that are on their way here at most, now.
    var bytesFetching: Int { fetching.reduce(0) { $0 + ($1.reception?.window ?? 0) * settings.pieceBytes } }

    /// Drops fetching what others have answered meanwhile.
    mutating func drop(_ isFilled: (TreeNode) -> Bool) { fetching.removeAll { isFilled($0.node) } }

    mutating func clear() {
        fetching = []
        waiting = []
    }

    var deadline: Duration? { fetching.compactMap { $0.reception?.deadline }.min() }
}
