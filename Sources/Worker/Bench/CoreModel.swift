import SearchProtocol

/// What a step of a run would take on a machine with other cores than this one, in one worker with a thread for each, from the parts that
/// were measured here: a model. It takes every core for as fast as one here, and memory for as much faster as there are more cores.
package struct CoreModel: Sendable, Equatable {
    /// What one shard takes, in seconds.
    package struct Shard: Sendable, Equatable {
        /// Of one thread; several share it by whole parts.
        package var shared: Double
        /// Which they do not share: libtorch, packing of weights, the images.
        package var unshared: Double
        /// Of waiting for each other, for each doubling of the threads.
        package var meeting: Double

        package init(shared: Double, unshared: Double, meeting: Double) {
            (self.shared, self.unshared, self.meeting) = (shared, unshared, meeting)
        }

        /// Whichever thread has the most parts is the last.
        package func seconds(threads: Int, parts: Int) -> Double {
            shared * CoreModel.sharedShare(threads, parts) + unshared + meeting * CoreModel.doublings(threads)
        }
    }

    /// What a number of cores comes to.
    package struct Row: Sendable, Equatable {
        package let cores: Int
        package let imagesPerSecond: Double
        /// As a share of so many times what one core does.
        package let efficiency: Double
        /// What most of the cores' lost time goes to; nil where little is lost.
        package let limit: Limit?
    }

    /// What cores lose time to.
    package enum Limit: String, Sendable, CaseIterable {
        /// There are fewer parts than cores.
        case idle = "idle threads"
        /// A thread has a part more than another.
        case uneven = "uneven parts"
        case unshared = "the part of a shard that its threads do not share"
        case meetings = "threads that wait for each other"
        case coordinator = "the sums over shards and the optimisers"
        case memory = "memory"
    }

    package var shard: Shard
    /// Of a step's batch in each round.
    package var shards: Int
    /// Of each shard.
    package var parts: Int
    /// Passes over a batch in a step.
    package var rounds: Int
    /// Of a step, in all rounds.
    package var images: Int
    /// Seconds in which one shard's vector is added to another's.
    package var addition: Double
    /// Seconds of a step's clipping and optimisers.
    package var optimisers: Double
    /// Seconds in which one core reads what a step cannot help moving through memory; 0 where that is not known.
    package var memory: Double

    package init(
        shard: Shard, shards: Int, parts: Int, rounds: Int, images: Int, addition: Double, optimisers: Double,
        memory: Double
    ) {
        precondition(shards >= 1 && parts >= 1 && rounds >= 1)
        self.shard = shard
        self.shards = shards
        self.parts = parts
        self.rounds = rounds
        self.images = images
        self.addition = addition
        self.optimisers = optimisers
        self.memory = memory
    }

    /// A core count at which as little is lost as this is limited by nothing.
    private static let littleLoss = 0.1

    fileprivate static func doublings(_ threads: Int) -> Double {
        // log2 by the lengths of 1, 2, 4, ...: between them in a straight line.
        let whole = Int.bitWidth - 1 - threads.leadingZeroBitCount
        return Double(whole) + Double(threads - (1 << whole)) / Double(1 << whole)
    }

    fileprivate static func sharedShare(_ threads: Int, _ parts: Int) -> Double {
        let used = min(threads, parts)
        return Double((parts + used - 1) / used) / Double(parts)
    }

    // MARK: A step

    /// Shards that are computed together at the end of a round: their vectors come at once and are added one after the other.
    private func lastRow(_ cores: Int) -> Int { shards % cores == 0 ? min(shards, cores) : shards % cores }

    /// Seconds of one round's shards: whole rows of them, then those that share the threads.
    private func computing(_ cores: Int) -> Double {
        let widths = ThreadShares.widths(ofParts: Array(repeating: parts, count: shards), threads: cores)
        let rows = Double(shards / cores) * shard.seconds(threads: 1, parts: parts)
        let left = widths.suffix(shards % cores).map { shard.seconds(threads: $0, parts: parts) }
        return rows + (left.max() ?? 0)
    }

    private func coordinating(_ cores: Int) -> Double {
        Double(rounds * min(lastRow(cores), shards - 1)) * addition + optimisers
    }

    /// - Parameter cores: 1 or more.
    package func seconds(cores: Int) -> Double {
        max(Double(rounds) * computing(cores), memory / Double(cores)) + coordinating(cores)
    }

    /// Core-seconds of a step that compute nothing, by what they are lost to.
    package func losses(cores: Int) -> [Limit: Double] {
        let computing = computing(cores)
        let widths = ThreadShares.widths(ofParts: Array(repeating: parts, count: shards), threads: cores)
            .suffix(shards % cores)
        var losses: [Limit: Double] = [:]
        var used = Double(shards / cores * cores) * shard.seconds(threads: 1, parts: parts)
        for width in widths {
            let threads = Double(width)
            used += threads * shard.seconds(threads: width, parts: parts)
            losses[.uneven, default: 0] += (threads * Self.sharedShare(width, parts) - 1) * shard.shared
            losses[.unshared, default: 0] += (threads - 1) * shard.unshared
            losses[.meetings, default: 0] += threads * shard.meeting * Self.doublings(width)
        }
        losses[.idle] = Double(cores) * computing - used
        for limit in losses.keys { losses[limit, default: 0] *= Double(rounds) }
        losses[.coordinator] = Double(cores - 1) * coordinating(cores)
        losses[.memory] = max(0, memory - Double(cores * rounds) * computing)
        return losses
    }

    package func row(cores: Int) -> Row {
        let seconds = seconds(cores: cores)
        let losses = losses(cores: cores)
        let largest = Limit.allCases.max { losses[$0, default: 0] < losses[$1, default: 0] }
        let lost = losses.values.reduce(0, +) / (Double(cores) * seconds)
        return Row(
            cores: cores, imagesPerSecond: Double(images) / seconds,
            efficiency: self.seconds(cores: 1) / seconds / Double(cores), limit: lost < Self.littleLoss ? nil : largest)
    }

    /// Up to 64 cores.
    package var rows: [Row] { [1, 2, 4, 8, 16, 32, 64].map(row) }
}
