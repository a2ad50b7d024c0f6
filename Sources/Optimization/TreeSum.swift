/// Arithmetic on flat vectors of floats: one operation an entry, rounded once, so the bits are the same everywhere.
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

    /// right <- left + right: the same sums, written where the right ones lay.
    static func add(_ left: [Float], before right: inout [Float]) {
        precondition(left.count == right.count)
        let count = left.count
        right.withUnsafeMutableBufferPointer { right in
            left.withUnsafeBufferPointer { left in
                for position in 0..<count { right[position] = left[position] + right[position] }
            }
        }
    }
}

extension VectorSum {
    /// Each entry divided and rounded once; by a power of two it is multiplied by the reciprocal, which gives the same bits.
    package static func divide(_ values: inout [Float], by count: Float) {
        if count == 1 { return }
        let division = Division(by: count)
        values.withUnsafeMutableBufferPointer { values in
            if let reciprocal = division.reciprocal {
                for position in values.indices { values[position] *= reciprocal }
            } else {
                for position in values.indices { values[position] /= count }
            }
        }
    }
}

/// The fixed-tree sum of one round: vectors come for nodes in any order, and are added left to right in one tree, every
/// node rounded to Float. Nothing is added in order of arrival.
///
/// Siblings are joined as soon as both are there, so no more vectors are held than there are gaps.
package struct TreeSum: Sendable {
    /// Whether a vector counts in the sum.
    package enum Outcome: Sendable, Equatable {
        case filled
        /// The node, or one above it, was filled before: this answer counts for nothing.
        case alreadyCovered
    }

    /// Decides what is added to what.
    package let tree: ShardTree
    /// Sums of this tree's own and vectors that came whole.
    private var held: [TreeNode: [Float]] = [:]
    /// Vectors that came in parts: not copied, but added from where they lie once a sibling is there.
    private var parted: [TreeNode: PartedVector] = [:]
    /// Sums and vectors of which some parts are there: then all of this tree's are such, and the two above are empty.
    private var partial: [TreeNode: PartialVector] = [:]
    private var isCovered: [Bool]

    /// A sum to which nothing is added yet.
    package init(tree: ShardTree) {
        self.tree = tree
        isCovered = Array(repeating: false, count: tree.shardCount)
    }

    /// A node that covers filled nodes takes their place; two answers to the same question have the same bits.
    package mutating func fill(_ node: TreeNode, with vector: [Float]) -> Outcome {
        guard let node = cover(node) else { return .alreadyCovered }
        join(node, vector)
        return .filled
    }

    /// As with a vector in one piece, but nothing is copied: it is added from where it lies.
    package mutating func fill(_ node: TreeNode, with vector: PartedVector) -> Outcome {
        guard let node = cover(node) else { return .alreadyCovered }
        guard let (sibling, parent, isLeft) = sibling(of: node) else {
            parted[node] = vector
            return .filled
        }
        if var other = held.removeValue(forKey: sibling) {
            if isLeft { VectorSum.add(vector, before: &other) } else { VectorSum.add(vector, into: &other) }
            join(parent, other)
        } else if let other = parted.removeValue(forKey: sibling) {
            join(parent, isLeft ? VectorSum.sum(vector, other) : VectorSum.sum(other, vector))
        }
        return .filled
    }

    /// As with a whole vector, but parts that are not there are not added: the bits are those of zeros in their place.
    ///
    /// Precondition: all vectors of the sum are partial ones, cut alike.
    package mutating func fill(_ node: TreeNode, with vector: PartialVector) -> Outcome {
        precondition(held.isEmpty && parted.isEmpty, "whole vectors and parts of vectors in one sum")
        guard var node = cover(node) else { return .alreadyCovered }
        var sum = vector
        while let (sibling, parent, isLeft) = sibling(of: node), let other = partial.removeValue(forKey: sibling) {
            sum = isLeft ? .sum(sum, other) : .sum(other, sum)
            node = parent
        }
        partial[node] = sum
        return .filled
    }

    /// As with a vector in either form.
    package mutating func fill(_ node: TreeNode, with addend: Addend) -> Outcome {
        switch addend {
        case .whole(let vector): fill(node, with: vector)
        case .partial(let vector): fill(node, with: vector)
        }
    }

    /// - Returns: the canonical node, with what lay under it dropped; nil where it was covered already.
    private mutating func cover(_ node: TreeNode) -> TreeNode? {
        let node = tree.canonical(node)
        guard !isFilled(node) else { return nil }
        held = held.filter { !tree.contains(node, $0.key) }
        parted = parted.filter { !tree.contains(node, $0.key) }
        partial = partial.filter { !tree.contains(node, $0.key) }
        for shard in tree.shards(of: node) { isCovered[shard] = true }
        return node
    }

    /// The other child of the node's parent, if it is there to be added to.
    private func sibling(of node: TreeNode) -> (sibling: TreeNode, parent: TreeNode, isLeft: Bool)? {
        guard let parent = tree.parent(of: node), let children = tree.children(of: parent) else { return nil }
        let isLeft = children.left == node
        let sibling = isLeft ? children.right : children.left
        let isThere = held[sibling] != nil || parted[sibling] != nil || partial[sibling] != nil
        return isThere ? (sibling, parent, isLeft) : nil
    }

    private mutating func join(_ node: TreeNode, _ vector: consuming [Float]) {
        var node = node
        var sum = vector
        while let (sibling, parent, isLeft) = sibling(of: node) {
            // Into the one that was held, or the sum just made: nobody else holds it, so nothing is copied.
            if var other = held.removeValue(forKey: sibling) {
                if isLeft { VectorSum.add(sum, before: &other) } else { VectorSum.add(sum, into: &other) }
                sum = other
            } else if let other = parted.removeValue(forKey: sibling) {
                if isLeft { VectorSum.add(other, into: &sum) } else { VectorSum.add(other, before: &sum) }
            }
            node = parent
        }
        held[node] = sum
    }

    /// Whether all shards under the node are in.
    package func isFilled(_ node: TreeNode) -> Bool { tree.shards(of: node).allSatisfy { isCovered[$0] } }

    /// Shards that no vector covers yet, in order.
    package var unfilledShards: [Int] { isCovered.indices.filter { !isCovered[$0] } }

    /// Whether all shards are in.
    package var isComplete: Bool {
        held[tree.root] != nil || parted[tree.root] != nil || partial[tree.root] != nil
    }

    /// The sum over all shards, whole; nil until all are in.
    package var total: [Float]? { held[tree.root] ?? parted[tree.root]?.array ?? partial[tree.root]?.array }

    /// The same, of the parts that are there; nil until all are in.
    package var addend: Addend? { partial[tree.root].map(Addend.partial) ?? total.map(Addend.whole) }

    /// Vectors in memory.
    package var heldVectors: Int { held.count + parted.count + partial.count }
}
