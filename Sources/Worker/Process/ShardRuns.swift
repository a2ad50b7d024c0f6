/// Cuts the shards that a worker is to compute into what is computed at once.
enum ShardRuns {
    /// Whole groups, each from a multiple of its size on; a shard without the others of its group is by itself.
    ///
    /// - Parameter shards: ascending.
    static func ranges(of shards: [Int], groupShards: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var place = 0
        while place < shards.count {
            let (first, last) = (shards[place], place + groupShards - 1)
            let isWhole = first % groupShards == 0 && last < shards.count && shards[last] == first + groupShards - 1
            let count = isWhole ? groupShards : 1
            ranges.append(first..<first + count)
            place += count
        }
        return ranges
    }
}
