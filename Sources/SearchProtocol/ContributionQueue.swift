import Optimization
import Wire

/// A node's result that a worker announced: its payload is fetched before it counts.
struct Contribution: Sendable {
    let node: TreeNode
    let result: NodeResult
    let worker: WorkerIdentity
    var reception: BlobReception<Float>?
}

/// The announced contributions of the open round. At most `contributionsFetchedAtOnce` are fetched side by side, which
/// bounds the coordinator's memory and the bytes in flight towards it.
struct ContributionQueue: Sendable {
    private let settings: ProtocolSettings
    private(set) var fetching: [Contribution] = []
    private var waiting: [Contribution] = []

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
    mutating func start(unless isFilled: (TreeNode) -> Bool) -> [Contribution] {
        var late: [Contribution] = []
        while fetching.count < settings.contributionsFetchedAtOnce, !waiting.isEmpty {
            var next = waiting.removeFirst()
            guard !isFilled(next.node), let payload = next.result.payload else {
                late.append(next)
                continue
            }
            next.reception = BlobReception(
                payload, pieceBytes: settings.pieceBytes, window: settings.pieceWindow, pieceLimit: settings.pieceLimit)
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
    mutating func receive(_ piece: Piece, from worker: WorkerIdentity) -> [Contribution] {
        for position in fetching.indices where fetching[position].worker == worker {
            fetching[position].reception?.receive(piece)
        }
        let whole = fetching.filter { $0.reception?.isWhole == true }
        fetching.removeAll { $0.reception?.isWhole == true }
        return whole
    }

    mutating func forget(_ worker: WorkerIdentity) {
        fetching.removeAll { $0.worker == worker }
        waiting.removeAll { $0.worker == worker }
    }

    /// Drops a blob that its worker says it does not hold; the node is open again.
    mutating func forget(_ worker: WorkerIdentity, blob: BlobReference) -> [TreeNode] {
        let gone = fetching.filter { $0.worker == worker && $0.result.payload == blob }.map(\.node)
        fetching.removeAll { $0.worker == worker && $0.result.payload == blob }
        return gone
    }

    mutating func clear() {
        fetching = []
        waiting = []
    }

    /// Shards whose nodes some worker has announced: nobody else need compute them while that worker lives.
    func announcedNodes() -> [TreeNode] { fetching.map(\.node) + waiting.map(\.node) }

    var deadline: Duration? { fetching.compactMap { $0.reception?.deadline }.min() }
}
