import Host
import Randomness
package import Wire

/// `--chaos`: faults that a worker does to itself, so that a user can see their own cluster go through them. Which message is
/// struck depends on the seed alone; no fault changes a bit of the result.
package struct Chaos: Sendable, Equatable {
    /// Share of all messages, in either direction, that are lost. This, `duplicate` and `delay` exclude each other.
    package var drop = 0.0
    /// Share of all messages that come twice.
    package var duplicate = 0.0
    /// Share of all messages that come late.
    package var delay = 0.0
    /// How late at most; each by its own draw.
    package var delayMilliseconds = 100.0
    /// Of every finished shard, the share after which the process is killed without a word.
    package var kill = 0.0
    /// Of the draws that decide which message or shard is struck; no part of the run's seed.
    package var seed: UInt64 = 1

    /// What `init(parsing:)` reads, with every name.
    package static let usage = "drop=0.01,duplicate=0.01,delay=0.05,delay_ms=100,kill=0.001,seed=1 (any of them)"

    /// - Throws: `UserError` (usage).
    package init(parsing text: String) throws {
        for word in text.split(separator: ",") {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw Self.refusal(of: String(word)) }
            let (name, value) = (parts[0], parts[1])
            switch name {
            case "drop": drop = try Self.share(value, word)
            case "duplicate": duplicate = try Self.share(value, word)
            case "delay": delay = try Self.share(value, word)
            case "kill": kill = try Self.share(value, word)
            case "delay_ms":
                guard let number = Spelling.real(value), (1...60_000).contains(number) else {
                    throw Self.refusal(of: String(word))
                }
                delayMilliseconds = number
            case "seed":
                guard let number = UInt64(value) else { throw Self.refusal(of: String(word)) }
                seed = number
            default: throw Self.refusal(of: String(word))
            }
        }
    }

    private static func share(_ text: String, _ word: Substring) throws -> Double {
        guard let number = Spelling.real(text), (0...0.5).contains(number) else { throw refusal(of: String(word)) }
        return number
    }

    private static func refusal(of word: String) -> UserError {
        UserError(
            .usage,
            "--chaos does not take '\(word)'; it takes \(usage), shares from 0 to 0.5 and a delay_ms from 1 to 60000")
    }

    /// What the worker logs when it starts.
    package var sentence: String {
        "chaos, seed \(seed): shares of messages lost \(drop), twice \(duplicate), up to \(delayMilliseconds) ms late \(delay); "
            + "killed after a share of shards, \(kill)"
    }
}

/// The faults in the order in which they strike, and the messages that come late.
package struct ChaosLink {
    /// A message on its way through this worker.
    package enum Delivery {
        case out(Envelope, Channel)
        case incoming(Envelope, Channel)
    }

    private let chaos: Chaos
    private let stream: RandomStream
    private var draws: UInt64 = 0
    private var late: [(due: Duration, delivery: Delivery)] = []

    /// Messages that may wait, some of them with half a megabyte; what is more passes at once.
    private static let lateLimit = 64

    /// No message has passed yet.
    package init(_ chaos: Chaos) {
        self.chaos = chaos
        stream = RandomStream(seed: chaos.seed, purpose: .chaos)
    }

    private mutating func uniform() -> Double {
        draws += 1
        return stream.uniform(draws % RandomStream.wordLimit)
    }

    /// What comes through now: the message, two of it, or nothing.
    package mutating func pass(_ delivery: Delivery, at now: Duration) -> [Delivery] {
        let fate = uniform()
        if fate < chaos.drop { return [] }
        if fate < chaos.drop + chaos.duplicate { return [delivery, delivery] }
        if fate < chaos.drop + chaos.duplicate + chaos.delay, late.count < Self.lateLimit {
            late.append((now + .milliseconds(uniform() * chaos.delayMilliseconds), delivery))
            return []
        }
        return [delivery]
    }

    /// What was late and is due, in the order of its times.
    package mutating func takeDue(at now: Duration) -> [Delivery] {
        let due = late.filter { $0.due <= now }.sorted { $0.due < $1.due }
        late.removeAll { $0.due <= now }
        return due.map(\.delivery)
    }

    /// When the first late message is due; nil where none waits.
    package var deadline: Duration? { late.map(\.due).min() }

    /// Whether this finished shard was the last.
    package mutating func isFatal() -> Bool { uniform() < chaos.kill }
}
