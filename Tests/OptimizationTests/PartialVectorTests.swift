import Testing

import Optimization

/// Vectors of which some parts are there, held against the whole ones with zeros in the other parts' places.
@Suite
struct PartialVectorTests {
    private static let numbers: [Float] = [
        0, -0.0, 1, -1, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 3.3e38, -3.3e38, 0.1, 7, .infinity, -.infinity,
        .nan,
    ]

    /// To the bit. Of two addends that are not numbers the processor keeps one's bits, which one being the compiler's affair: sums that
    /// hold any are never used.
    private static func isSame(_ left: Float, _ right: Float) -> Bool {
        left.bitPattern == right.bitPattern || left.isNaN && right.isNaN
    }

    /// A vector cut at random: parts of no entries, neighbours of one part and lengths beside a vector register's are among them.
    private func cut(_ generator: inout SplitMix) -> VectorParts {
        let optional = Int(generator.next() % 7)
        let stretches = (0..<Int(generator.next() % 12)).map { _ in
            let part = Int(generator.next() % UInt64(optional + 1))
            return (entries: Int(generator.next() % 40), part: part == optional ? nil : Int?(part))
        }
        return VectorParts(optionalParts: optional, stretches)
    }

    private func partial(_ whole: VectorParts, _ generator: inout SplitMix) -> PartialVector {
        let named = whole.set(of: (0..<whole.partCount - 1).filter { _ in generator.next() % 3 == 0 })
        let floats = (0..<whole.count(of: named)).map { _ in
            generator.next() % 2 == 0
                ? Self.numbers[Int(generator.next() % UInt64(Self.numbers.count))] : Float(generator.next() % 1000) / 7
        }
        return PartialVector(floats, of: named, in: whole)
    }

    @Test("A sum of parts has the bits of the sum of whole vectors, signs of zeros too, in any order and by any nodes")
    func sameBits() {
        var zeros = 0
        for seed in 0..<2000 {
            var generator = SplitMix(state: UInt64(seed))
            let shards = 1 + seed % 9
            let tree = ShardTree(shardCount: shards)
            let whole = cut(&generator)
            let vectors = (0..<shards).map { _ in partial(whole, &generator) }
            var dense = TreeSum(tree: tree)
            for (shard, vector) in vectors.enumerated() { _ = dense.fill(tree.leaf(shard), with: vector.array) }
            var sum = TreeSum(tree: tree)
            // As workers do: some shards come one by one, some as the sum of a node that was made elsewhere.
            for shard in (0..<shards).shuffled(using: &generator) {
                var node = tree.leaf(shard)
                if generator.next() % 3 == 0, let above = tree.parent(of: node) { node = above }
                let range = tree.shards(of: node)
                var own = TreeSum(tree: ShardTree(shardCount: range.count))
                for inner in range {
                    _ = own.fill(own.tree.leaf(inner - range.lowerBound), with: .partial(vectors[inner]))
                }
                if let made = own.addend { _ = sum.fill(node, with: made) }
            }
            #expect(sum.isComplete && sum.heldVectors == 1)
            let total = sum.total ?? []
            let isSame = total.elementsEqual(dense.total ?? []) { Self.isSame($0, $1) }
            #expect(isSame, "seed \(seed)")
            zeros += total.count { $0 == 0 && $0.sign == .minus }
            // What is there is what some shard computed, and nothing else.
            let named = Set(vectors.flatMap(\.parts.parts))
            #expect(sum.addend?.parts?.parts == named.sorted())
        }
        #expect(zeros > 100, "negative zeros came out of \(zeros) places")
    }

    @Test("A part's entries lie side by side in the vector's order, and each is found at its place in the whole vector")
    func places() {
        let whole = VectorParts(
            optionalParts: 2, [(3, nil), (2, 0), (1, 1), (0, 1), (2, 1), (4, 0), (1, nil)])
        #expect(whole.count == 13 && whole.partCount == 3)
        let named = whole.set(of: [1])
        #expect(named.parts == [1, 2] && whole.count(of: named) == 7)
        let vector = PartialVector([1, 2, 3, 4, 5, 6, 7], of: named, in: whole)
        #expect(vector.array == [1, 2, 3, 0, 0, 4, 5, 6, 0, 0, 0, 0, 7])
        #expect((0..<8).map { whole.place(ofEntry: $0, of: named) } == [0, 1, 2, 5, 6, 7, 12, nil])
        #expect(vector.sliced(4..<8).array == [0, 4, 5, 6] && vector.sliced(4..<8).floats == [4, 5, 6])
        for place in 0..<7 {
            var floats = vector.floats
            floats[place] = place % 2 == 0 ? .nan : -.infinity
            let found = Addend.partial(PartialVector(floats, of: named, in: whole)).firstNonFinite
            #expect(found == whole.place(ofEntry: place, of: named))
        }
        #expect(Addend.partial(vector).firstNonFinite == nil)
    }

    @Test("A set of parts is read from as many bytes as it takes, and from none that name a part beyond the last")
    func sets() {
        for count in [1, 7, 8, 9, 225] {
            var set = PartSet(of: count)
            set.insert(count - 1)
            set.insert(0)
            #expect(PartSet(of: count, bytes: set.bytes) == set && set.parts == (count == 1 ? [0] : [0, count - 1]))
            #expect(PartSet(of: count, bytes: set.bytes + [0]) == nil && PartSet(of: count, bytes: []) == nil)
            let isFull = count % 8 == 0
            let all = [UInt8](repeating: 0xFF, count: set.bytes.count)
            #expect((PartSet(of: count, bytes: all) != nil) == isFull)
        }
    }
}
