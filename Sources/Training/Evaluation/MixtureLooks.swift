import Wire

/// Looks at the super-network under one given mixture after the other, as far as they have come. Each is two rounds: batch statistics
/// under its own mixture, then images that gave no gradients.
struct MixtureLooks: Sendable {
    let count: Int
    /// Of the looks that are done, in their order; the next is in work.
    private(set) var done: [EpochReport.Accuracy] = []
    /// Recalibrated for the look in work; nil until that round is in.
    private(set) var statistics: [Float]?

    /// - Parameter count: one at least.
    init(count: Int) {
        precondition(count > 0)
        self.count = count
    }

    var isOver: Bool { done.count == count }

    /// Which look is in work, from 0.
    var number: Int {
        precondition(!isOver, "a look at nothing")
        return done.count
    }

    /// The open round among those of all looks.
    ///
    /// - Parameter subject: the network that is looked at, in words.
    func place(_ subject: String, epoch: Int) -> RoundPlace {
        RoundPlace(
            subject: subject + (statistics == nil ? ", statistics" : ""), epoch: epoch,
            number: 2 * number + (statistics == nil ? 1 : 2), count: 2 * count)
    }

    /// Takes a round's sum in.
    mutating func absorb(_ sum: RoundSum) {
        if sum.job.yields.contains(.statistics) {
            // Every shard's statistics came times its images.
            return statistics = sum.total.map { $0 / Float(sum.job.imageCount) }
        }
        done.append(
            EpochReport.Accuracy(
                loss: sum.reports.reduce(0.0) { $0 + Double($1.loss) } / Double(sum.images),
                accuracy: Double(sum.hits) / Double(sum.images), images: sum.images))
        statistics = nil
    }
}
