import Testing

import Optimization

/// Keeps floats at an odd address, as a frame may.
private final class OddMemory: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ floats: [Float]) {
        bytes = .allocate(byteCount: floats.count * 4 + 1, alignment: 16)
        floats.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: bytes[1...]).copyMemory(from: $0) }
    }

    deinit { bytes.deallocate() }

    var floats: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[1...]) }
}

@Suite
struct PartedVectorTests {
    /// - Parameter cut: floats of a part.
    private func parted(_ floats: [Float], cut: Int) -> PartedVector {
        var vector = PartedVector()
        for start in stride(from: 0, to: floats.count, by: cut) {
            let memory = OddMemory(Array(floats[start..<min(start + cut, floats.count)]))
            vector.append(memory.floats, keptBy: memory)
        }
        return vector
    }

    @Test("Vectors in parts, whole ones and both mixed give one sum, to the bit, in any order", arguments: 1...9)
    func treeSum(shards: Int) {
        let tree = ShardTree(shardCount: shards)
        let values = (0..<shards).map { shard in (0..<101).map { Float(1) / Float(1 + shard * 7 + $0) * 1e3 } }
        var whole = TreeSum(tree: tree)
        for shard in 0..<shards { _ = whole.fill(tree.leaf(shard), with: values[shard]) }
        var generator = SplitMix(state: UInt64(shards))
        for _ in 0..<50 {
            var sum = TreeSum(tree: tree)
            for shard in (0..<shards).shuffled(using: &generator) {
                let outcome =
                    generator.next() % 3 == 0
                    ? sum.fill(tree.leaf(shard), with: values[shard])
                    // Mostly the same cut, as pieces have, sometimes another.
                    : sum.fill(tree.leaf(shard), with: parted(values[shard], cut: generator.next() % 4 == 0 ? 33 : 40))
                #expect(outcome == .filled)
            }
            #expect(sum.isComplete && sum.total == whole.total)
            #expect(sum.fill(tree.leaf(0), with: parted(values[0], cut: 40)) == .alreadyCovered)
        }
        // A larger answer after a part of it: the part is dropped, not added.
        var sum = TreeSum(tree: tree)
        _ = sum.fill(tree.leaf(0), with: parted(values[0], cut: 40))
        #expect(sum.isComplete == (shards == 1))
        _ = sum.fill(tree.root, with: parted(whole.total ?? [], cut: 40))
        #expect(sum.total == whole.total && sum.heldVectors == 1)
    }
}

@Suite
struct MeanGradientTests {
    @Test(
        "A step by the mean as it is read has the bits of dividing, clipping and stepping one after the other",
        arguments: [1, 2, 3, 6, 8, 32], [0.01, 5, 1e9])
    func sameBits(shards: Int, maximumNorm: Double) {
        // Neither the sum's start nor its length is a multiple of the sixteen that are stepped at once.
        let total = (0..<1003).map { Float(($0 * 7919) % 1009) * 0.013 - 6 }
        let initial = (0..<1000).map { Float($0 % 31) * 0.1 - 1 }
        let before = (0..<1000).map { Float($0 % 17) * 0.01 }
        var gradient = Array(total[3...])
        VectorSum.divide(&gradient, by: Float(shards))
        let norm = GradientClipping.clip(&gradient, maximumNorm: maximumNorm)
        var (weights, velocity) = (initial, before)
        for place in weights.indices {
            let slope = gradient[place] + Float(3e-4) * weights[place]
            velocity[place] = Float(0.9) * velocity[place] + slope
            weights[place] -= Float(0.025) * velocity[place]
        }
        let mean = MeanGradient(of: total[3...], shards: shards, maximumNorm: maximumNorm)
        var (stepped, speed) = (initial, before)
        SGD(momentum: 0.9, weightDecay: 3e-4).step(
            weights: &stepped, velocity: &speed, gradient: mean, learningRate: 0.025)
        #expect(mean.norm == norm && mean.isFinite)
        #expect(stepped.map(\.bitPattern) == weights.map(\.bitPattern))
        #expect(speed.map(\.bitPattern) == velocity.map(\.bitPattern))
    }

    @Test("One entry that is infinite or no number is seen, wherever it stands; the largest floats are finite")
    func finite() {
        for place in 0..<37 {
            for value in [Float.infinity, -.infinity, .nan] {
                var sum = [Float](repeating: 1, count: 37)
                sum[place] = value
                #expect(!MeanGradient(of: sum[...], shards: 4, maximumNorm: 5).isFinite)
            }
        }
        let largest = [Float](repeating: .greatestFiniteMagnitude, count: 1000)
        #expect(MeanGradient(of: largest[...], shards: 1, maximumNorm: 5).isFinite)
    }
}
