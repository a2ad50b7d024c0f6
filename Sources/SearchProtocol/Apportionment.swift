package import Optimization

/// Splits the open shards of a round among workers: contiguous runs, in proportion to their threads, cut into whole nodes.
///
/// Who computes what changes no bit of the result, so this is free to be fair and cheap: whole nodes mean fewer payloads.
package enum Apportionment {
    /// - Parameters:
    ///   - shards: ascending shard numbers that nobody is computing.
    ///   - threads: of each worker, in the order of the answer; at least 1 each.
    /// - Returns: for each worker the nodes it takes, possibly none.
    package static func split(_ shards: [Int], threads: [Int], tree: ShardTree) -> [[TreeNode]] {
        let total = threads.reduce(0, +)
        guard total > 0 else { return [] }
        var answer: [[TreeNode]] = []
        var taken = 0
        var threadsBefore = 0
        for own in threads {
            threadsBefore += own
            let end = (shards.count * threadsBefore + total / 2) / total
            let run = shards[min(taken, shards.count)..<min(max(end, taken), shards.count)]
            taken = max(end, taken)
            answer.append(nodes(covering: Array(run), tree: tree))
        }
        return answer
    }

    /// The fewest nodes that cover exactly these ascending shards.
    package static func nodes(covering shards: [Int], tree: ShardTree) -> [TreeNode] {
        var nodes: [TreeNode] = []
        var start = 0
        while start < shards.count {
            var end = start + 1
            while end < shards.count, shards[end] == shards[end - 1] + 1 { end += 1 }
            nodes += tree.nodes(covering: shards[start]..<shards[end - 1] + 1)
            start = end
        }
        return nodes
    }
}
