package import Optimization
import Wire

/// Splits the open shards of a round among workers: contiguous runs, in proportion to their speed, cut into whole nodes.
///
/// Who computes what changes no bit of the result, so this is free to be fair and cheap: whole nodes mean fewer payloads.
package enum Apportionment {
    /// What workers are worth beside each other in a round of this load, from 1 to 1,000: as measured, or by their threads
    /// where nothing was measured yet.
    static func speeds(of workers: [Member], in load: RoundLoad) -> [Int] {
        func perThread(_ member: Member) -> Double? {
            member.pace[load].map { 1 / max(seconds($0), 1e-6) / Double(max(1, member.greeting.threads)) }
        }
        let measured = workers.compactMap(perThread)
        let typical = measured.isEmpty ? 1 : measured.reduce(0, +) / Double(measured.count)
        let speeds = workers.map { (perThread($0) ?? typical) * Double(max(1, $0.greeting.threads)) }
        let fastest = speeds.max() ?? 1
        return speeds.map { max(1, Int((1000 * $0 / fastest).rounded())) }
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }

    /// - Parameters:
    ///   - shards: ascending shard numbers that nobody is computing; whole groups.
    ///   - speeds: of each worker, in the order of the answer; at least 1 each.
    ///   - alone: first shards of the groups whose sum is wanted by itself.
    ///   - groupShards: how many shards belong together.
    /// - Returns: for each worker the nodes it takes, possibly none; each covers whole groups.
    package static func split(
        _ shards: [Int], speeds: [Int], tree: ShardTree, alone: Set<Int> = [], groupShards: Int = 1
    ) -> [[TreeNode]] {
        let total = speeds.reduce(0, +)
        let groupCount = shards.count / groupShards
        guard total > 0 else { return [] }
        var answer: [[TreeNode]] = []
        var taken = 0
        var before = 0
        for own in speeds {
            before += own
            let end = (groupCount * before + total / 2) / total * groupShards
            let run = shards[min(taken, shards.count)..<min(max(end, taken), shards.count)]
            taken = max(end, taken)
            answer.append(nodes(covering: Array(run), tree: tree, alone: alone, groupShards: groupShards))
        }
        return answer
    }

    /// The fewest nodes that cover exactly these ascending shards.
    package static func nodes(
        covering shards: [Int], tree: ShardTree, alone: Set<Int> = [], groupShards: Int = 1
    ) -> [TreeNode] {
        var nodes: [TreeNode] = []
        var start = 0
        while start < shards.count {
            var end = start + groupShards
            if !alone.contains(shards[start]) {
                while end < shards.count, shards[end] == shards[end - 1] + 1, !alone.contains(shards[end]) {
                    end += groupShards
                }
            }
            nodes += tree.nodes(covering: shards[start]..<shards[end - 1] + 1)
            start = end
        }
        return nodes
    }
}
