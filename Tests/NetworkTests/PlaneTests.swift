import Host
import SearchSpace
import Tensors
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Cells that hand their nodes on as planes. Among the cells' tests, because the choice of kernels is the process's.
extension KernelTests {
    @Suite(.serialized)
    struct PlaneTests {
        /// Three cells, the second a reduction, an auxiliary head beside the first's output and a head behind the last. Of `channels`
        /// that end within a vector, so that planes are padded.
        private struct Chain {
            let givesPlanes: Bool
            let channels: Int
            let images = 3
            let side = 8
            let classes = 5
            private let inputChannels = 6

            private static let edges = [(0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]
            private static let kept: [Operation] = [.sepConv3x3, .maxPool3x3, .avgPool3x3]

            /// Where the weights of a cell lie, and how many there are.
            private func cell(
                before: Int, previous: Int, reduces: Bool, reducesPrevious: Bool
            ) throws -> (description: CellDescription, weights: Int) {
                let edges = Self.edges
                var offsets = [Int64](repeating: -1, count: CellDescription.weightEntries(edges: edges.count))
                var places = [Int32](repeating: -1, count: CellDescription.mixtureEntries(edges: edges.count))
                var (weights, entries) = (0, 0)
                func take(_ count: Int) -> Int64 {
                    defer { weights += count }
                    return Int64(weights)
                }
                if reducesPrevious {
                    for half in 0..<2 { offsets[half] = take(before * channels / 2) }
                } else {
                    offsets[0] = take(before * channels)
                }
                offsets[2] = take(previous * channels)
                for edge in edges.indices {
                    for operation in Self.kept {
                        let place = try #require(KernelOperations.place(of: operation))
                        places[edge * CellDescription.operations + place] = Int32(entries)
                        entries += 1
                        guard operation == .sepConv3x3 else { continue }
                        for position in 0..<4 {
                            let entry = CellDescription.weightEntry(edge: edge, operation: place, position: position)
                            offsets[entry] = take(position % 2 == 0 ? 9 * channels : channels * channels)
                        }
                    }
                }
                let description = CellDescription(
                    channels: channels, nodes: 2, edges: edges, concatenated: [2, 3], reduces: reduces,
                    reducesPrevious: reducesPrevious, givesPlanes: givesPlanes, mixturePlaces: places,
                    weightOffsets: offsets)
                return (description, weights)
            }

            private func leaf(_ shape: [Int], phase: Int) throws -> Tensor {
                let values = irregular(shape.reduce(1, *), phase: phase).map { Float(0.3 * $0) }
                return try Tensor(values, shape: shape).leaf()
            }

            /// Logits, then the gradients by the input and by every weight and mixture.
            func values() throws -> [[Float]] {
                let output = 2 * channels
                let input = try leaf([images, inputChannels, side, side], phase: 1)
                var leaves = [input]
                var (before, previous) = (input, input)
                var first: Tensor?
                let shapes = [
                    (inputChannels, inputChannels, false, false), (inputChannels, output, true, false),
                    (output, output, false, true),
                ]
                for (number, (own, other, reduces, reducesPrevious)) in shapes.enumerated() {
                    let (description, count) = try cell(
                        before: own, previous: other, reduces: reduces, reducesPrevious: reducesPrevious)
                    let weights = try leaf([count], phase: 2 + number)
                    let mixture = try leaf([Self.edges.count * Self.kept.count], phase: 7 + number)
                    leaves += [weights, mixture]
                    let given = try CellKernels.forward(
                        description, before: before, previous: previous, weights: weights, mixture: mixture,
                        dropPath: nil, given: nil, skipsZeros: false, parts: 2)
                    (before, previous) = (given.previous, given.output)
                    if number == 0 { first = given.output }
                }
                let linear = [try leaf([classes, output], phase: 11), try leaf([classes], phase: 12)]
                let logits = try CellKernels.logits(
                    previous, channels: 0, activation: .relu, weights: .init(weight: linear[0], bias: linear[1])
                ).output
                let beside = [
                    try leaf([4, output, 1, 1], phase: 13), try leaf([4], phase: 14), try leaf([4], phase: 15),
                    try leaf([6, 4, 2, 2], phase: 16),
                ]
                let auxiliary = try CellKernels.auxiliary(
                    try #require(first), rows: 5, columns: 5, channels: 4, pointwise: beside[0], scale: beside[1],
                    shift: beside[2], square: beside[3]
                ).output
                let second = [try leaf([classes, 6], phase: 17), try leaf([classes], phase: 18)]
                let besideLogits = try CellKernels.logits(
                    auxiliary, channels: 0, activation: .relu, weights: .init(weight: second[0], bias: second[1])
                ).output
                let labels = try Tensor(labels: (0..<Int32(images)).map { $0 % Int32(classes) })
                let loss = try CellKernels.loss([(logits, 1), (besideLogits, 0.4)], labels: labels)
                leaves += linear + beside + second
                let gradients = try Gradients.of(loss, by: leaves)
                return try [logits.floats(), besideLogits.floats()] + gradients.map { try #require($0).floats() }
            }
        }

        @Test(
            "Cells that hand planes on give the bits of cells that hand one map on, forward and backward",
            arguments: [4, 12, 16])
        func sameBits(channels: Int) throws {
            let whole = try Chain(givesPlanes: false, channels: channels).values()
            let planes = try Chain(givesPlanes: true, channels: channels).values()
            #expect(whole.count == 2 + 1 + 6 + 2 + 4 + 2)
            for (one, other) in zip(whole, planes) {
                #expect(one.map(\.bitPattern) == other.map(\.bitPattern))
                #expect(one.contains { $0 != 0 } && one.allSatisfy(\.isFinite))
            }
        }

        @Test("A thread that ends leaves its buffers to those that come after it")
        func buffersOfThreads() throws {
            func pooledAfterThread() throws -> Int {
                let thread = try NativeThread(name: "pass") {
                    #expect(throws: Never.self) { try Chain(givesPlanes: true, channels: 16).values() }
                }
                thread.join()
                return CellKernels.pooledBytes
            }
            // Other suites take from the same pool, until it has what all of them need.
            let isSteady = try (0..<50).contains { _ in
                let pooled = try pooledAfterThread()
                return try (0..<30).map { _ in try pooledAfterThread() } == [Int](repeating: pooled, count: 30)
            }
            #expect(isSteady)
        }
    }
}
