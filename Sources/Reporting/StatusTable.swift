package import Formats

/// `status.json` for people: where the run stands, a line a worker, what was dropped.
package struct StatusTable: Sendable {
    private let status: JSONValue
    private let ageSeconds: Double

    /// A file that is older speaks of a coordinator that is gone, or of a disk that is full: it is written every two seconds.
    package static let staleSeconds = 15.0

    /// - Parameter ageSeconds: since the document was written.
    package init(_ status: JSONValue, ageSeconds: Double) {
        self.status = status
        self.ageSeconds = ageSeconds
    }

    /// Whether a coordinator says that it runs, and said so lately enough.
    package var isLive: Bool { status["state"]?.text == "running" && ageSeconds <= Self.staleSeconds }

    /// The run first, a line each for what is known of it, then a line a worker; without line ends.
    package var lines: [String] {
        [headline, progress, evaluation, checkpoint, transfer, dropped].compactMap { $0 } + workers
    }

    private var transfer: String? {
        guard let weights = status["transfer"]?["weight_bytes"]?.number,
            let contribution = status["transfer"]?["contribution_bytes"]?.number
        else { return nil }
        return "a step moves \(Decimal.text(weights * 1e-6, 1)) MB to each worker and "
            + "\(Decimal.text(contribution * 1e-6, 1)) MB back from it at most"
    }

    private var headline: String {
        let place = "\(status["host"]?.text ?? "?")/\(status["pid"]?.integer.map(String.init) ?? "?")"
        let state = status["state"]?.text ?? "?"
        let age = Self.age(ageSeconds)
        guard state == "running" else { return "\(state) \(age) ago by the coordinator \(place)" }
        return isLive
            ? "running: coordinator \(place), generation \(status["generation"]?.integer ?? 0), written \(age) ago"
            : "not running: the coordinator \(place) wrote last \(age) ago and said no goodbye; continue it with snas resume"
    }

    private var progress: String {
        guard let progress = status["progress"], progress != .null else { return "no step yet" }
        func number(_ key: String, _ decimals: Int) -> String {
            progress[key]?.number.map { Decimal.text($0, decimals) } ?? "?"
        }
        return
            "epoch \(number("epoch", 0))/\(number("epochs", 0)), step \(number("step", 0))/\(number("steps", 0)), loss "
            + "\(number("loss", 4)), \(number("ms_per_step", 0)) ms a step, \(number("images_per_second", 0)) images/s, "
            + "\(Self.age(progress["seconds_left"]?.number ?? .infinity)) left"
    }

    private var evaluation: String? {
        guard let evaluation = status["evaluation"], let subject = evaluation["subject"]?.text,
            let epoch = evaluation["epoch"]?.integer, let round = evaluation["round"]?.integer,
            let rounds = evaluation["rounds"]?.integer, let done = evaluation["shards_done"]?.integer,
            let shards = evaluation["shards"]?.integer, epoch >= 1
        else { return nil }
        return EvaluationSnapshot(
            subject: subject, epoch: epoch - 1, round: round, rounds: rounds, shardsDone: done, shards: shards
        ).text
    }

    private var checkpoint: String? {
        guard let checkpoint = status["checkpoint"], let name = checkpoint["name"]?.text else { return nil }
        return "checkpoint \(name), \(Self.age((checkpoint["age_seconds"]?.number ?? 0) + ageSeconds)) old"
    }

    private var dropped: String? {
        guard case .object(let members)? = status["dropped"] else { return nil }
        let seen = members.filter { ($0.value.integer ?? 0) > 0 }.map { "\($0.value.integer ?? 0) \($0.key)" }
        return seen.isEmpty ? nil : "messages dropped: " + seen.joined(separator: ", ").replacing("_", with: " ")
    }

    private var workers: [String] {
        let workers = status["workers"]?.elements ?? []
        guard !workers.isEmpty else { return ["no workers"] }
        return TextColumns.lines(
            [["worker", "state", "threads", "shards open", "done", "MB/s", "silent"]] + workers.map(row))
    }

    private func row(_ worker: JSONValue) -> [String] {
        func text(_ key: String) -> String { worker[key]?.integer.map(String.init) ?? worker[key]?.text ?? "-" }
        return [
            text("worker"), text("state"), text("threads"), text("open_shards"), text("shards_done"),
            worker["mb_per_second"]?.number.map { Decimal.text($0, 1) } ?? "-",
            Self.age((worker["silent_seconds"]?.number ?? 0) + ageSeconds),
        ]
    }

    private static func age(_ seconds: Double) -> String { ProgressSnapshot.duration(max(0, seconds)) }
}
