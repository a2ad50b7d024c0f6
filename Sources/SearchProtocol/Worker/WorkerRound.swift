import Formats
import Optimization
import Wire

/// The open round as one worker sees it: what it reads, the nodes it took, and the sums inside them.
struct WorkerRound: Sendable {
    /// A node this worker computes. Inside it shards are added in the fixed tree: the part of the round's tree under a
    /// node has the same shape as a tree of its own over the node's shards.
    struct Node: Sendable {
        let node: TreeNode
        let shards: Range<Int>
        let attempt: UInt32
        var sum: TreeSum
        var reports: [ShardReport] = []
        /// Set once all shards are in and the sum has been handed on.
        var isAnnounced = false
        /// When it was announced last.
        var announcedAt: Duration = .zero
        var payload: BlobReference?
        /// Which parts of a vector the payload holds; nil of a whole one.
        var parts: PartSet?

        /// What is said of it, again where nobody settles it.
        var result: NodeResult { NodeResult(attempt: attempt, reports: reports, payload: payload, parts: parts) }
    }

    let number: UInt64
    let job: RoundJob
    let tree: ShardTree
    let opening: RoundOpening
    private(set) var nodes: [Node] = []
    /// Weights and statistics that are still on their way.
    private(set) var receptions: [BlobReception] = []
    private(set) var fetched: [Digest128: GatheredBlob]
    var isLoaded = false
    /// The window that the last blob fetched ended with; the first one's before that.
    private(set) var window: Int

    init(
        number: UInt64, opening: RoundOpening, cache: [Digest128: GatheredBlob], settings: ProtocolSettings,
        pieceBytes: Int, window: Int
    ) {
        self.window = window
        self.number = number
        self.opening = opening
        job = opening.job
        tree = ShardTree(shardCount: opening.job.shardCount)
        let wanted = [opening.weights, opening.statistics].compactMap { $0 }
        fetched = cache.filter { entry in wanted.contains { $0.digest == entry.key } }
        for blob in wanted where fetched[blob.digest] == nil && !receptions.contains(where: { $0.blob == blob }) {
            receptions.append(
                BlobReception(
                    blob, pieceBytes: pieceBytes, window: window, limits: settings.pieces))
        }
    }

    var isFetching: Bool { !receptions.isEmpty }

    /// Of weights and statistics that are still on their way.
    var bytesReceived: Int { receptions.reduce(0) { $0 + $1.bytesReceived } }

    var deadline: Duration? { receptions.compactMap(\.deadline).min() }

    /// Takes nodes on; those that are no nodes of the tree or are here already are passed over.
    /// - Returns: the shards to compute, in ascending order.
    mutating func take(_ assignment: NodeAssignment) -> [Int] {
        var shards: [Int] = []
        for node in assignment.nodes where tree.isValid(node) && !nodes.contains(where: { $0.node == node }) {
            let range = tree.shards(of: node)
            let sum = TreeSum(tree: ShardTree(shardCount: range.count))
            nodes.append(Node(node: node, shards: range, attempt: assignment.attempt, sum: sum))
            shards += range
        }
        return shards.sorted()
    }

    mutating func questions(at now: Duration) -> [PiecesWanted] {
        var questions: [PiecesWanted] = []
        for position in receptions.indices {
            let blob = receptions[position].blob.digest
            questions += receptions[position].questions(at: now).map { PiecesWanted(blob: blob, indices: $0) }
        }
        return questions
    }

    /// All that is under way is asked for again.
    mutating func askAgain() {
        for position in receptions.indices { receptions[position].askAgain() }
    }

    /// - Returns: false when a blob came whole and is not what was announced.
    mutating func receive(_ piece: Piece, at now: Duration) -> Bool {
        for position in receptions.indices { receptions[position].receive(piece, at: now) }
        guard receptions.contains(where: \.isWhole) else { return true }
        let whole = receptions.filter(\.isWhole)
        receptions.removeAll(where: \.isWhole)
        for reception in whole {
            let digest = reception.blob.digest
            window = reception.window
            guard let blob = reception.verified() else { return false }
            fetched[digest] = blob
        }
        return true
    }

    /// Adds a shard, or shards that were computed together, into the node that they are of.
    ///
    /// Precondition: several are all of a node's.
    /// - Returns: the node, once all its shards are in, with its sum.
    mutating func add(_ reports: [ShardReport], _ payload: Addend) -> (node: Node, total: Addend)? {
        guard let first = reports.first,
            let position = nodes.firstIndex(where: { $0.shards.contains(first.shard) && !$0.isAnnounced })
        else { return nil }
        let start = first.shard - nodes[position].shards.lowerBound
        let covered = nodes[position].sum.tree.nodes(covering: start..<start + reports.count)
        precondition(covered.count == 1, "shards that are no node's were computed together")
        guard nodes[position].sum.fill(covered[0], with: payload) == .filled else { return nil }
        nodes[position].reports += reports
        guard let total = nodes[position].sum.addend else { return nil }
        nodes[position].reports.sort { $0.shard < $1.shard }
        nodes[position].isAnnounced = true
        // The sum is handed on; held here as well it would double the payload's memory.
        nodes[position].sum = TreeSum(tree: ShardTree(shardCount: 1))
        return (nodes[position], total)
    }

    /// - Returns: what is to be said of the node.
    mutating func announced(
        _ node: Node, _ payload: BlobReference?, _ parts: PartSet?, at now: Duration
    ) -> NodeResult {
        var node = node
        node.payload = payload
        node.parts = parts
        node.announcedAt = now
        for position in nodes.indices where nodes[position].node == node.node { nodes[position] = node }
        return node.result
    }

    /// Results that nobody has settled for so long that the announcement may have been lost.
    mutating func overdueAnnouncements(at now: Duration, after patience: Duration) -> [Node] {
        var overdue: [Node] = []
        for position in nodes.indices
        where nodes[position].isAnnounced && now - nodes[position].announcedAt >= patience {
            nodes[position].announcedAt = now
            overdue.append(nodes[position])
        }
        return overdue
    }

    /// - Returns: the payload that nobody needs any more.
    mutating func settle(_ settled: TreeNode) -> BlobReference? {
        guard let position = nodes.firstIndex(where: { tree.canonical($0.node) == settled }) else { return nil }
        return nodes.remove(at: position).payload
    }
}
