import CTorch

/// A cell as the kernels want it told: sizes, and where its weights lie in one vector.
package struct CellDescription: Sendable {
    package let channels: Int
    package let nodes: Int
    package let reduces: Bool
    package let reducesPrevious: Bool
    /// Both preprocessings' (two for the first, one for the second), then edges x 8 operations x 4; 0 where there is none.
    package let weightOffsets: [Int64]

    package init(channels: Int, nodes: Int, reduces: Bool, reducesPrevious: Bool, weightOffsets: [Int64]) {
        precondition(weightOffsets.count == 3 + nodes * (nodes + 3) / 2 * 32)
        self.channels = channels
        self.nodes = nodes
        self.reduces = reduces
        self.reducesPrevious = reducesPrevious
        self.weightOffsets = weightOffsets
    }

    package var edgeCount: Int { nodes * (nodes + 3) / 2 }

    /// Values of `statistics`: both preprocessings, then edges x 8 operations x 2, each mean and variance of all channels.
    package var statisticCount: Int { (2 + 16 * edgeCount) * 2 * channels }
}

/// The cell's own kernels: forward and backward of a whole cell in a few passes over memory.
package enum CellKernels {
    /// - Parameter name: `auto`, `avx512`, `avx2` or `portable`.
    /// - Returns: false where this processor does not have them.
    package static func choose(_ name: String) -> Bool { ct_choose_kernels(name) == 1 }

    /// The instruction set in use.
    package static var name: String { String(cString: ct_kernel_name()) }

    /// Bytes that the pool of activations holds: it stops growing once every size was seen.
    package static var pooledBytes: Int { Int(ct_pooled_bytes()) }

    /// What one thread reaches in nothing but fused multiply-adds from registers, in GFLOP/s: the floor of any kernel here.
    package static func peakGigaflops() -> Double { ct_peak_gigaflops() }

    /// What one thread reads from memory, in GB/s: the floor of every pass over planes.
    package static func readGigabytesPerSecond() -> Double { ct_read_gigabytes() }

    /// Runs `body` with a clock around every row kernel; only while no other thread computes.
    /// - Returns: seconds by kernel, the longest first; kernels that were not called are left out.
    package static func timed(_ body: () throws -> Void) rethrows -> [(name: String, seconds: Double)] {
        ct_time_kernels(1)
        defer { ct_time_kernels(0) }
        try body()
        return (0..<ct_timed_kernel_count()).map { index in
            (String(cString: ct_timed_kernel_name(index)), ct_timed_kernel_seconds(index))
        }.filter { $0.1 > 0 }.sorted { $0.1 > $1.1 }
    }

    /// - Parameters:
    ///   - mixture: Z of the cell's kind, edges x 8.
    ///   - dropPath: edges x images, 0 or 1/keep.
    ///   - given: statistics to normalise with; nil normalises with the batch's own.
    /// - Returns: the cell's output, channels last, and the batch's own statistics (empty when they were given).
    package static func forward(
        _ cell: CellDescription, before: Tensor, previous: Tensor, weights: Tensor, mixture: Tensor,
        dropPath: ArraySlice<Float>?, given: [Float]?, skipsZeros: Bool
    ) throws(TorchError) -> (output: Tensor, statistics: [Float]) {
        precondition(given.map { $0.count == cell.statisticCount } ?? true)
        var statistics = [Float](repeating: 0, count: given == nil ? cell.statisticCount : 0)
        let output = cell.weightOffsets.withUnsafeBufferPointer { offsets in
            var plan = ct_cell_plan(
                channels: Int32(cell.channels), nodes: Int32(cell.nodes), reduces: cell.reduces ? 1 : 0,
                reduces_previous: cell.reducesPrevious ? 1 : 0, weight_offsets: offsets.baseAddress)
            return statistics.withUnsafeMutableBufferPointer { own in
                withOptionalPointer(dropPath.map(Array.init)) { dropPath in
                    withOptionalPointer(given) { given in
                        ct_cell(
                            &plan, before.handle, previous.handle, weights.handle, mixture.handle, dropPath, given,
                            given == nil ? own.baseAddress : nil, skipsZeros ? 1 : 0)
                    }
                }
            }
        }
        return (try Tensor(owning: output, "compute a cell"), statistics)
    }

    private static func withOptionalPointer<Result>(
        _ values: [Float]?, _ body: (UnsafePointer<Float>?) -> Result
    ) -> Result {
        guard let values else { return body(nil) }
        return values.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
