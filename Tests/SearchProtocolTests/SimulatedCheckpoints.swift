import SearchProtocol

/// A folder of checkpoints in memory, written by the actions alone.
struct SimulatedFolder {
    /// Files of every checkpoint folder that stands or is being written.
    var folders: [String: Set<String>] = [:]

    mutating func perform(_ action: FileAction) {
        switch action {
        case .createDirectory(let path): folders[path, default: []] = []
        case .write(let path, _):
            let parts = path.split(separator: "/").map(String.init)
            folders[parts.dropLast().joined(separator: "/"), default: []].insert(parts[parts.count - 1])
        case .rename(let from, let to): folders[to] = folders.removeValue(forKey: from)
        case .removeTree(let path): folders[path] = nil
        case .append, .sync, .syncDirectory: break
        }
    }

    var standing: [String] {
        folders.keys.filter { !$0.contains(".tmp-") }.map { String($0.dropFirst("checkpoints/".count)) }.sorted()
    }
}

/// A search that checkpoints by the clock and after every epoch, on a disk that fails and a machine that crashes.
struct SimulatedRun {
    static let keep = CheckpointRetention(newest: 3, epochs: 4)
    private var generator: SplitMix
    var folder = SimulatedFolder()
    var instance = PersistenceInstance(standing: [])
    /// What was ever asked for, by name.
    var marks: [String: CheckpointMark] = [:]
    var step = 0
    var crashes = 0
    var failures = 0

    init(seed: UInt64) { generator = SplitMix(state: seed) }

    private mutating func chance(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &generator) < probability
    }

    /// Asks for one checkpoint and does what comes of it, unless the machine crashes first.
    mutating func advance(failing: Double, crashing: Double) {
        step += 1
        let endsEpoch = step % 3 == 0
        var name = String(step)
        name = "step-" + String(repeating: "0", count: 4 - name.count) + name + (endsEpoch ? "-epoch" : "")
        // The score is a function of the step, as a run's is: what is computed again is the same.
        let isSound = step % 12 != 0
        let score = endsEpoch && step % 2 == 0 ? Double((step * 37) % 23 + (isSound ? 0 : 10)) : nil
        let mark = CheckpointMark(name: name, endsEpoch: endsEpoch, score: score, isSound: isSound)
        marks[name] = mark
        var outcomes = instance.enqueue(
            PersistenceRequest(checkpoint: mark, keep: Self.keep, files: [.init(name: "state", bytes: [1])]))
        while let outcome = outcomes.first {
            outcomes.removeFirst()
            guard case .act(let action) = outcome else { continue }
            if chance(crashing) { return crash() }
            if chance(failing) {
                failures += 1
                outcomes += instance.failed(reason: "the disk is full")
            } else {
                folder.perform(action)
                outcomes += instance.done()
            }
        }
    }

    /// The run begins again at the newest checkpoint that stands, with what the folder shows.
    private mutating func crash() {
        crashes += 1
        let standing = folder.standing
        instance = PersistenceInstance(standing: standing.compactMap { marks[$0] })
        step = standing.last.flatMap { Int($0.dropFirst(5).prefix(4)) } ?? 0
    }
}
