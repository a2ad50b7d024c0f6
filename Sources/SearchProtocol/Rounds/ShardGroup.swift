import Optimization

/// Shards that are given out, computed and answered together: from each multiple of their number on.
///
/// Their number is a power of two, 2^l, that divides the round's shards. So a group is a node of the tree: the node of level l at
/// place k covers the shards k 2^l to (k + 1) 2^l, all of which there are. And whatever begins and ends between groups is covered
/// by nodes of level l and above: the fewest nodes that cover it grow from an aligned start as long as they end within it, which
/// the node of level l does.
struct ShardGroup: Sendable, Hashable {
    /// 1 where each shard is by itself.
    let size: Int

    static func isPossible(_ size: Int, of shardCount: Int) -> Bool {
        size >= 1 && size & (size - 1) == 0 && shardCount % size == 0
    }

    /// The first shard of the group that a shard belongs to: what is kept of a group is kept by it.
    func first(_ shard: Int) -> Int { shard / size * size }

    func node(of shard: Int) -> TreeNode { TreeNode(level: size.trailingZeroBitCount, index: shard / size) }

    /// Whether these are whole groups.
    func isWhole(_ shards: Range<Int>) -> Bool {
        shards.lowerBound % size == 0 && shards.upperBound % size == 0
    }
}
