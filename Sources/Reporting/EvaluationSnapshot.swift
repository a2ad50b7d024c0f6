import Formats

/// How far an evaluation has come: the open round of its rounds, and the shards of that one.
package struct EvaluationSnapshot: Sendable, Equatable {
    /// What is looked at.
    package let subject: String
    /// From 0.
    package let epoch: Int
    /// From 1.
    package let round: Int
    /// All rounds of the epoch's evaluation, those that measure statistics included.
    package let rounds: Int
    /// Of the open round: those that are answered.
    package let shardsDone: Int
    /// Of the open round; 0 while none is open.
    package let shards: Int

    package init(subject: String, epoch: Int, round: Int, rounds: Int, shardsDone: Int, shards: Int) {
        self.subject = subject
        self.epoch = epoch
        self.round = round
        self.rounds = rounds
        self.shardsDone = shardsDone
        self.shards = shards
    }

    /// For people, who count epochs from 1.
    package var text: String {
        "evaluating epoch \(epoch + 1): \(subject), round \(round) of \(rounds), \(shardsDone) of \(shards) shards"
    }

    /// The same for a bar.
    var parts: [FittedLine.Part] {
        [
            .init("evaluating epoch \(epoch + 1)", importance: 4), .init(subject, importance: 2),
            .init("round \(round) of \(rounds)", importance: 3),
            .init("\(shardsDone) of \(shards) shards", importance: 1),
        ]
    }

    /// 0 to 1, of all rounds, as far as the open one has come.
    var share: Double {
        let inRound = shards > 0 ? Double(shardsDone) / Double(shards) : 0
        return rounds > 0 ? (Double(round - 1) + inRound) / Double(rounds) : 0
    }

    /// For programs.
    package var line: LogLine {
        LogLine(
            .evaluating, text,
            [
                "epoch": .integer(epoch), "subject": .string(subject), "round": .integer(round),
                "rounds": .integer(rounds), "shards_done": .integer(shardsDone), "shards": .integer(shards),
            ])
    }
}
