package enum VectorSum {
    /// left <- left + right, rounded to Float entry by entry.
    package static func add(_ right: [Float], into left: inout [Float]) {
        precondition(left.count == right.count)
        let count = right.count
        left.withUnsafeMutableBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                for position in 0..<count { left[position] += right[position] }
            }
        }
    }
}

extension VectorSum {
    package static func divide(_ values: inout [Float], by count: Float) {
        values.withUnsafeMutableBufferPointer { values in
            for position in values.indices { values[position] /= count }
        }
    }

    /// Without a branch a value: the exponent of every value is looked at, so that the loop runs on vectors.
    package static func isFinite(_ values: [Float]) -> Bool {
        values.withUnsafeBufferPointer { values in
            var largest: UInt32 = 0
            for value in values { largest = max(largest, value.bitPattern & 0x7F80_0000) }
            return largest != 0x7F80_0000
        }
    }
}

/// The fixed-tree sum of one round: vectors come for nodes in any order, and are added left to right in one tree, every
/// node rounded to Float. Nothing is added in order of arrival.
///
/// Siblings are joined as soon as both are there, so no more vectors are held than there are gaps.
package struct TreeSum: Sendable {
    package enum Outcome: Sendable, Equatable {
        case filled
        /// The node, or one above it, was filled before: this answer counts for nothing.
        case alreadyCovered
    }

    package let tree: ShardTree
    private var held: [TreeNode: [Float]] = [:]
    private var isCovered: [Bool]

    package init(tree: ShardTree) {
        self.tree = tree
        isCovered = Array(repeating: false, count: tree.shardCount)
    }

    /// A node that covers filled nodes takes their place; two answers to the same question have the same bits.
    package mutating func fill(_ node: TreeNode, with vector: [Float]) -> Outcome {
        let node = tree.canonical(node)
        guard !isFilled(node) else { return .alreadyCovered }
        held = held.filter { !tree.contains(node, $0.key) }
        for shard in tree.shards(of: node) { isCovered[shard] = true }
        join(node, vector)
        return .filled
    }

    private mutating func join(_ node: TreeNode, _ vector: consuming [Float]) {
        var node = node
        var sum = vector
        while let parent = tree.parent(of: node), let children = tree.children(of: parent) {
            let isLeft = children.left == node
            guard var other = held.removeValue(forKey: isLeft ? children.right : children.left) else { break }
            if isLeft {
                VectorSum.add(other, into: &sum)
            } else {
                VectorSum.add(sum, into: &other)
                sum = other
            }
            node = parent
        }
        held[node] = sum
    }

    /// Whether all shards under the node are in.
    package func isFilled(_ node: TreeNode) -> Bool { tree.shards(of: node).allSatisfy { isCovered[$0] } }

    package var unfilledShards: [Int] { isCovered.indices.filter { !isCovered[$0] } }

    /// The sum over all shards; nil until all are in.
    package var total: [Float]? { held[tree.root] }

    /// Vectors in memory.
    package var heldVectors: Int { held.count }
}
