/// A place in the sum's binary tree over shards: it covers the shards from `index << level` up to the next node of its
/// level, as far as there are shards.
package struct TreeNode: Sendable, Hashable, Comparable {
    /// 0 for a single shard; a node of level l covers at most 2^l shards.
    package let level: Int
    /// Place among the nodes of its level, from 0, left to right.
    package let index: Int

    package init(level: Int, index: Int) {
        self.level = level
        self.index = index
    }

    /// By level, then by place: single shards come first.
    package static func < (left: TreeNode, right: TreeNode) -> Bool {
        (left.level, left.index) < (right.level, right.index)
    }
}

/// The one tree in which a round's contributions are added: the left child takes the largest power of two of shards below
/// its parent's count. It depends on the number of shards alone, so the sum's bits do too.
package struct ShardTree: Sendable, Hashable {
    /// 1 to 2^30; shards are numbered from 0.
    package let shardCount: Int
    /// The level of the root.
    package let height: Int

    /// - Parameter shardCount: 1 to 2^30.
    package init(shardCount: Int) {
        precondition(shardCount >= 1 && shardCount <= 1 << 30)
        self.shardCount = shardCount
        var height = 0
        while 1 << height < shardCount { height += 1 }
        self.height = height
    }

    /// The node that covers all shards.
    package var root: TreeNode { canonical(TreeNode(level: height, index: 0)) }

    /// The node of one shard.
    package func leaf(_ shard: Int) -> TreeNode {
        precondition((0..<shardCount).contains(shard))
        return TreeNode(level: 0, index: shard)
    }

    /// Whether the node covers any shard of this tree.
    package func isValid(_ node: TreeNode) -> Bool {
        node.level >= 0 && node.level <= height && node.index >= 0 && node.index < shardCount
            && node.index << node.level < shardCount
    }

    /// What the node covers.
    ///
    /// Precondition: it is a node of this tree (`isValid`).
    package func shards(of node: TreeNode) -> Range<Int> {
        precondition(isValid(node))
        return node.index << node.level..<min((node.index + 1) << node.level, shardCount)
    }

    /// The lowest node that covers the same shards: where the right child of a node is empty, the left child is meant.
    package func canonical(_ node: TreeNode) -> TreeNode {
        let shards = shards(of: node)
        var level = node.level
        while level > 0, shards.lowerBound + 1 << (level - 1) >= shards.upperBound { level -= 1 }
        return TreeNode(level: level, index: shards.lowerBound >> level)
    }

    /// The two nodes whose sums make this one's; nil for a single shard.
    package func children(of node: TreeNode) -> (left: TreeNode, right: TreeNode)? {
        let node = canonical(node)
        guard node.level > 0 else { return nil }
        let left = TreeNode(level: node.level - 1, index: node.index * 2)
        let right = TreeNode(level: node.level - 1, index: node.index * 2 + 1)
        return (left, canonical(right))
    }

    /// The node whose sum is made of this one's and its sibling's; nil for the root.
    package func parent(of node: TreeNode) -> TreeNode? {
        let own = shards(of: node)
        var level = node.level
        while level < height {
            level += 1
            let above = TreeNode(level: level, index: own.lowerBound >> level)
            if shards(of: above) != own { return canonical(above) }
        }
        return nil
    }

    /// Whether the first covers every shard that the second covers; a node contains itself.
    package func contains(_ outer: TreeNode, _ inner: TreeNode) -> Bool {
        let (outer, inner) = (shards(of: outer), shards(of: inner))
        return outer.lowerBound <= inner.lowerBound && inner.upperBound <= outer.upperBound
    }

    /// The fewest nodes that cover exactly these shards, left to right.
    package func nodes(covering shards: Range<Int>) -> [TreeNode] {
        precondition(shards.lowerBound >= 0 && shards.upperBound <= shardCount)
        var nodes: [TreeNode] = []
        var start = shards.lowerBound
        while start < shards.upperBound {
            var level = 0
            while level < height {
                let above = TreeNode(level: level + 1, index: start >> (level + 1))
                let covered = self.shards(of: above)
                guard covered.lowerBound == start, covered.upperBound <= shards.upperBound else { break }
                level += 1
            }
            let node = canonical(TreeNode(level: level, index: start >> level))
            nodes.append(node)
            start = self.shards(of: node).upperBound
        }
        return nodes
    }
}
