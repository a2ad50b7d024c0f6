import Tensors
import Testing

/// What heads do with what is not finite, leave behind, and refuse.
extension KernelTests.HeadTests {
    @Test("Not-a-number in a map reaches its image's logits alone, in a weight its class's, in a statistic all")
    func notANumber() throws {
        var sample = Sample(Case(.relu, 3, 20, 4, 4, 6))
        sample.input[20 * 16 + 3] = .nan
        var broken = try sample.results(true)[0].map(\.isNaN)
        #expect(broken == (0..<18).map { (6..<12).contains($0) })
        sample = Sample(Case(.plain, 3, 20, 4, 4, 6))
        sample.weight[2 * 20 + 19] = .nan
        broken = try sample.results(true)[0].map(\.isNaN)
        #expect(broken == (0..<18).map { $0 % 6 == 2 })
        sample = Sample(Case(.norm, 3, 20, 4, 4, 6))
        sample.input[7] = .nan
        let results = try sample.results(true)
        #expect(results[0].allSatisfy { $0.isNaN })
        #expect(results[1][0].isNaN && !results[1][1].isNaN)
    }

    @Test("Passes leave no tensor behind, give their memory back, and take a gradient once; weights must fit")
    func edges() throws {
        for kind in [Kind.plain, .relu, .norm] {
            let sample = Sample(Case(kind, 4, 40, 6, 6, 10))
            let (handles, held) = (TorchRuntime.liveHandles, CellKernels.heldBytes)
            _ = try sample.results(true)
            _ = try TorchRuntime.withoutGradients { try sample.kernel(sample.tensors(.float)).logits.floats() }
            // No gradient is asked of this one.
            _ = try sample.kernel(sample.tensors(.float)).logits.floats()
            #expect(CellKernels.heldBytes == held, "\(kind)")
            #expect(TorchRuntime.liveHandles == handles, "\(kind)")
        }
        let sample = Sample(Case(.plain, 2, 4, 2, 2, 3))
        let own = try sample.tensors(.float)
        func refused(_ channels: Int, bias: Tensor) throws -> Bool {
            let weight = try Tensor([Float](repeating: 1, count: 3 * channels), shape: [3, channels])
            let error = #expect(throws: TorchError.self) {
                try CellKernels.logits(
                    own.input, channels: channels, activation: .none, weights: .init(weight: weight, bias: bias))
            }
            return error.map { "\($0)".contains("the head's weights do not fit") } == true
        }
        #expect(try refused(5, bias: own.linear[1]))
        #expect(try refused(4, bias: own.linear[0]))
    }
}
