/// How a worker's threads part the shards that it has in hand.
///
/// While there are as many shards as threads, each thread computes one: nothing is faster, for nobody waits for anybody. What is left of
/// them, fewer shards than threads, shares all threads, as far as a shard has parts for them.
package enum ThreadShares {
    /// How many threads compute each shard, in their order. Those of a whole row, and those of the last one, are no more than there are.
    ///
    /// - Parameter parts: of each shard; more threads are of no use to it. At least 1 each.
    package static func widths(ofParts parts: [Int], threads: Int) -> [Int] {
        precondition(threads >= 1 && parts.allSatisfy { $0 >= 1 })
        let left = parts.count % threads
        return Array(repeating: 1, count: parts.count - left) + shared(Array(parts.suffix(left)), threads: threads)
    }

    /// Of fewer shards than threads: one thread more each, in their order, again and again while some are left.
    private static func shared(_ parts: [Int], threads: Int) -> [Int] {
        var widths = Array(repeating: 1, count: parts.count)
        var left = threads - parts.count
        while left > 0 {
            let takers = widths.indices.filter { widths[$0] < parts[$0] }.prefix(left)
            guard !takers.isEmpty else { break }
            for place in takers { widths[place] += 1 }
            left -= takers.count
        }
        return widths
    }

    /// What so many shards take together in times of one shard on one thread, as a fraction: a part is computed by one thread.
    ///
    /// - Parameters:
    ///   - shards: 1 or more, of equally many parts.
    ///   - parts: of each.
    package static func rows(ofShards shards: Int, parts: Int, threads: Int) -> (numerator: Int, denominator: Int) {
        precondition(shards >= 1 && parts >= 1 && threads >= 1)
        let (full, left) = shards.quotientAndRemainder(dividingBy: threads)
        guard left > 0 else { return (full, 1) }
        let narrowest = min(threads / left, parts)
        return (full * parts + (parts + narrowest - 1) / narrowest, parts)
    }

    /// Threads that shards of so many parts can keep busy at most.
    package static func busiest(shards: Int, parts: Int) -> Int { shards * parts }
}
