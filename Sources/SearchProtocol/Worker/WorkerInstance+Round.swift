import Formats
import Optimization
import Wire

extension WorkerInstance {
    mutating func roundOpened(
        _ number: UInt64, _ opening: RoundOpening, at now: Duration
    ) {
        guard phase == .ready, let welcome else { return }
        if let open = round, open.number == number { return nodesAssigned(number, opening.assignment) }
        guard number > (round?.number ?? 0) else { return }
        if let old = round { remember(old) }
        directives += [.abandon, .releaseAll]
        round = WorkerRound(
            number: number, opening: opening, cache: cache, settings: settings, pieceBytes: welcome.pieceBytes,
            window: window)
        _ = round?.take(opening.assignment)
        loadWhenFetched()
    }

    /// Keeps the newest weights and statistics: evaluation rounds read the same weights again.
    private mutating func remember(_ old: WorkerRound) { cache = old.fetched }

    private mutating func loadWhenFetched() {
        guard var open = round, !open.isLoaded, !open.isFetching,
            let weights = open.fetched[open.opening.weights.digest]
        else { return }
        open.isLoaded = true
        round = open
        let statistics = open.opening.statistics.flatMap { open.fetched[$0.digest] }
        send(.roundReceived)
        directives.append(.load(round: open.number, job: open.job, weights: weights, statistics: statistics))
        let shards = open.nodes.flatMap { Array($0.shards) }.sorted()
        if !shards.isEmpty { directives.append(.compute(round: open.number, shards: shards)) }
    }

    mutating func nodesAssigned(_ number: UInt64, _ assignment: NodeAssignment) {
        guard phase == .ready, number == round?.number else { return }
        let shards = round?.take(assignment) ?? []
        if round?.isLoaded == true, !shards.isEmpty { directives.append(.compute(round: number, shards: shards)) }
    }

    mutating func shardsFinished(
        round number: UInt64, _ reports: [ShardReport], _ payload: Addend, at now: Duration
    ) {
        guard number == round?.number else { return }
        shardsFinished &+= UInt32(reports.count)
        guard let (node, total) = round?.add(reports, payload) else { return }
        let floats = total.floats
        let blob = floats.isEmpty ? nil : Blob(floats: floats, pieceBytes: pieceBytes)
        if let blob { directives.append(.hold(blob)) }
        guard let result = round?.announced(node, blob?.reference, total.parts, at: now) else { return }
        send(.nodeFinished(result), node: node.node)
    }

    /// Says again what the coordinator may not have heard.
    mutating func repeatAnnouncements(at now: Duration) {
        for node in round?.overdueAnnouncements(at: now, after: settings.beatInterval) ?? [] {
            send(.nodeFinished(node.result), node: node.node)
        }
    }

    mutating func settle(_ number: UInt64, _ node: TreeNode?) {
        guard number == round?.number, let node, let blob = round?.settle(node) else { return }
        // Two nodes whose sums are equal to the bit are one blob.
        if round?.nodes.contains(where: { $0.payload == blob }) != true { directives.append(.release(blob)) }
    }

    mutating func roundClosed(_ number: UInt64) {
        guard let open = round, open.number == number else { return }
        remember(open)
        directives += [.abandon, .releaseAll]
    }

    mutating func receive(_ piece: Piece, at now: Duration) {
        if data?.receive(piece, at: now) == true {
            if data?.isWhole == true { dataArrived() }
            return
        }
        let isSound = round?.receive(piece, at: now) == true
        window = round?.window ?? window
        guard isSound else {
            if round != nil { end(.unfit(sentence: "weights that came differ from the digest announced")) }
            return
        }
        loadWhenFetched()
    }

    private var pieceBytes: Int { welcome?.pieceBytes ?? settings.pieceBytes }

    mutating func answer(_ wanted: PiecesWanted) {
        guard let blob = round?.nodes.compactMap(\.payload).first(where: { $0.digest == wanted.blob }),
            wanted.indices.upperBound <= blob.pieceCount(pieceBytes: pieceBytes)
        else { return send(.blobMissing(wanted.blob), over: .bulk) }
        for index in wanted.indices { directives.append(.sendPiece(blob: blob, index: index, envelope: head)) }
    }

    /// The coordinator has moved on to another round; it says so on control.
    mutating func blobMissing(_ digest: Digest128) {}
}
