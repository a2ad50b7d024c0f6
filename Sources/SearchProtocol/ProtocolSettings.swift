package import Wire

/// The protocol's numbers: every wait, window and count it keeps, with its unit.
package struct ProtocolSettings: Sendable, Equatable {
    /// How often each side speaks when it has nothing else to say.
    package var beatInterval: Duration = .seconds(2)
    /// Silence after which a peer counts as gone.
    package var silenceLimit: Duration = .seconds(30)
    /// How long a worker looks for its coordinator, at the start and after it fell silent.
    package var connectLimit: Duration = .seconds(60)
    /// Time between two greetings of a worker that nobody answers: the first is lost whenever the connection is not up yet,
    /// and a cold start waits for the second.
    package var greetingInterval: Duration = .milliseconds(100)
    /// For weights, statistics and payloads.
    package var pieces = PieceLimits()

    /// Limits for pieces of the data set, which gives way to everything else: a quarter of the smallest window, and never more.
    var dataPieces: PieceLimits {
        var limits = pieces
        limits.smallestWindow = max(1, pieces.smallestWindow / 4)
        limits.largestWindow = limits.smallestWindow
        return limits
    }
    /// Bytes of every piece but a blob's last; divisible by 4 and within `WireLimits`.
    package var pieceBytes = 512 << 10
    /// Contributions that the coordinator fetches side by side: with the largest window the bound on its bytes in flight
    /// (4 x 16 x 512 KiB).
    package var contributionsFetchedAtOnce = 4
    /// Contributions announced and not yet fetched; more of them are left to be announced again.
    package var contributionsWaiting = 4096
    /// Workers that may take part at once; a further one is refused.
    package var workers = 1024
    /// Between two answers to those who ask how the run stands; whoever is not answered asks again.
    package var statusInterval: Duration = .milliseconds(50)
    /// With fewer ready workers no shard is given out, and an open round waits.
    package var minimumWorkers = 1
    /// How often the coordinator repeats that it waits for workers, or that one of them is late.
    package var waitingNoteInterval: Duration = .seconds(30)
    /// How long an open round waits for `minimumWorkers`; then the coordinator gives up for now.
    package var waitLimit: Duration = .seconds(600)
    /// How long the end of a run is told to workers that have not heard it: longer than a connection takes to stand again.
    package var farewellLimit: Duration = .seconds(3)
    /// A worker is late when what is open takes so many times what it took it before.
    package var lateFactor = 3.0
    /// However little was measured, nobody is late before this.
    package var lateFloor: Duration = .milliseconds(500)
    /// Where nothing was measured yet, idle workers are given the same shards when no shard was finished for so long: they have
    /// nothing better to do.
    package var unmeasuredLimit: Duration = .seconds(5)
    /// Where nothing was measured yet, a worker that finishes no shard for so long is named as late; so is one that takes
    /// longer to prepare itself.
    package var unmeasuredNoteLimit: Duration = .seconds(60)
    /// How often lateness is looked for while a round is open.
    package var watchInterval: Duration = .milliseconds(250)
    /// Workers that compute one shard at the same time, at most.
    package var holdersLimit = 3
    /// Into how many parts the run's configuration cuts a shard's images: as many threads of a worker can share it.
    package var shardParts = 1
    /// Share of an update's shards that two workers compute, to be compared. 0 audits nothing.
    package var auditShare = 0.0
    /// An audit takes two: whoever asks for one does not trust a single machine.
    var neededWorkers: Int { max(minimumWorkers, auditShare > 0 ? 2 : 1) }
    /// Whether machines of another kind than the first worker's are accepted: the promise of equal bits is then given up.
    package var allowMixedKinds = false
    var guards = GuardsOff()

    package init() {}

    /// Takes the pace of a run: the coordinator its configuration's, a worker its welcome's.
    package mutating func keep(_ pace: Pace) {
        beatInterval = .milliseconds(pace.beatMilliseconds)
        silenceLimit = .milliseconds(pace.silenceMilliseconds)
        // A piece that is waited for longer than its sender would be would never be asked for again.
        pieces.overdue = min(pieces.overdue, silenceLimit)
    }
}

/// How many pieces of one blob are under way, and for how long.
package struct PieceLimits: Sendable, Equatable {
    /// How long a piece may be under way before it is asked for again. Slow links are slow, not dead: the smallest window in
    /// flight (4 x 512 KiB) passes a 1 Mbit/s link within it.
    package var overdue: Duration = .seconds(20)
    /// How many times `overdue` is doubled, at most, for a blob whose pieces took longer.
    package static let overdueDoublings = 4
    /// A piece that came this soon after it was asked for came over a fast link: the window grows by two.
    package var prompt: Duration = .milliseconds(100)
    /// Pieces of one blob that may be asked for and not yet here, at first and after one was overdue.
    package var smallestWindow = 4
    /// Pieces of one blob that may be asked for and not yet here, after many prompt ones: still few enough for one question.
    package var largestWindow = 16

    package init() {}
}
