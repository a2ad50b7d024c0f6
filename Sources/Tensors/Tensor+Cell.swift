import CTorch

/// A cell as the kernels want it told: sizes, edges, and where its weights lie in one vector.
package struct CellDescription: Sendable {
    /// Of every node.
    package let channels: Int
    /// Whether edges from the inputs halve the map (a reduction cell).
    package let reduces: Bool
    /// Whether input 0 is twice as large as input 1 and is halved by its preprocessing.
    package let reducesPrevious: Bool
    /// Whether pools have a batch norm behind them.
    package let poolsHaveBatchNorm: Bool
    /// Whether the output is given as planes, which only cells and heads of the kernels read, with less copying.
    package let givesPlanes: Bool
    private let inputs: Int32
    private let nodes: Int32
    private let edgesFrom: [Int32]
    private let edgesTo: [Int32]
    private let concatenated: [Int32]
    private let mixturePlaces: [Int32]
    private let weightOffsets: [Int64]
    private let affineOffsets: [Int64]?

    /// Inputs of a cell, at most: its first nodes. Where there are two each has a preprocessing, whose batch norm has the slot of
    /// the same number; one is read as it is.
    package static let mostInputs = Int(ct_cell_inputs)
    /// Weights of the first preprocessing, of which one place stays empty unless it is a factorised reduction.
    package static let weightsBefore = Int(ct_preprocessing_weights) - 1
    /// Operations of an edge, in the order of `CellKernels.operations`.
    package static let operations = Int(ct_edge_operations)

    /// Entries of `mixturePlaces` of a cell of so many edges.
    package static func mixtureEntries(edges: Int) -> Int { Int(ct_mixture_entry(Int32(edges), 0)) }

    /// Entries of `weightOffsets` of a cell of so many edges.
    package static func weightEntries(edges: Int) -> Int { weightEntry(edge: edges, operation: 0, position: 0) }

    /// Where an operation's tensor of weights has its entry in `weightOffsets`.
    ///
    /// - Parameters:
    ///   - operation: its place in a row.
    ///   - position: of the tensor among the operation's own.
    package static func weightEntry(edge: Int, operation: Int, position: Int) -> Int {
        Int(ct_weight_entry(Int32(edge), Int32(operation), Int32(position)))
    }

    /// Slots of the batch norms of a cell of so many edges.
    package static func slots(edges: Int) -> Int { slot(edge: edges, operation: 0, position: 0) }

    /// The slot of an operation's batch norm; the preprocessings' come first.
    ///
    /// - Parameters:
    ///   - operation: its place in a row.
    ///   - position: of the batch norm among the operation's own.
    package static func slot(edge: Int, operation: Int, position: Int) -> Int {
        Int(ct_norm_slot(Int32(edge), Int32(operation), Int32(position)))
    }

    /// - Parameters:
    ///   - inputs: one or two.
    ///   - nodes: intermediate ones, which follow the inputs.
    ///   - edges: from a node to a later intermediate one; two may have the same ends.
    ///   - concatenated: nodes in the output's order, each once; those of the inputs too, unless edges halve them.
    ///   - mixturePlaces: edges x operations: where Z of each lies in the mixture; below 0 where the edge does not have it.
    ///   - weightOffsets: both preprocessings' (two for the first, one for the second), then each edge's operations'
    ///     (`weightEntry`); below 0 where there is none.
    ///   - affineOffsets: of scale and shift of every slot's batch norm, slots x 2, below 0 where there is none; nil where no
    ///     batch norm has any.
    package init(
        channels: Int, inputs: Int = mostInputs, nodes: Int, edges: [(from: Int, to: Int)], concatenated: [Int],
        reduces: Bool, reducesPrevious: Bool, poolsHaveBatchNorm: Bool = true, givesPlanes: Bool = false,
        mixturePlaces: [Int32], weightOffsets: [Int64], affineOffsets: [Int64]? = nil
    ) {
        precondition((1...Self.mostInputs).contains(inputs) && !(inputs == 1 && (reduces || reducesPrevious)))
        let intermediate = inputs..<inputs + nodes
        precondition(edges.allSatisfy { 0 <= $0.from && $0.from < $0.to && intermediate.contains($0.to) })
        precondition(concatenated.allSatisfy { (0..<inputs + nodes).contains($0) })
        precondition(!reduces || concatenated.allSatisfy(intermediate.contains))
        precondition(!givesPlanes || (inputs == Self.mostInputs && Set(concatenated).count == concatenated.count))
        precondition(mixturePlaces.count == Self.mixtureEntries(edges: edges.count))
        precondition(weightOffsets.count == Self.weightEntries(edges: edges.count))
        precondition(affineOffsets.map { $0.count == 2 * Self.slots(edges: edges.count) } ?? true)
        self.channels = channels
        self.inputs = Int32(inputs)
        self.nodes = Int32(nodes)
        self.reduces = reduces
        self.reducesPrevious = reducesPrevious
        self.poolsHaveBatchNorm = poolsHaveBatchNorm
        self.givesPlanes = givesPlanes
        edgesFrom = edges.map { Int32($0.from) }
        edgesTo = edges.map { Int32($0.to) }
        self.concatenated = concatenated.map(Int32.init)
        self.mixturePlaces = mixturePlaces
        self.weightOffsets = weightOffsets
        self.affineOffsets = affineOffsets
    }

    /// All edges that were described, those without a candidate included.
    package var edgeCount: Int { edgesFrom.count }

    /// Values of `statistics`: of each slot mean and variance of all channels.
    package var statisticCount: Int { Self.slots(edges: edgeCount) * 2 * channels }

    fileprivate func withPlan<Result>(parts: Int, _ body: (UnsafePointer<ct_cell_plan>) -> Result) -> Result {
        edgesFrom.withUnsafeBufferPointer { from in
            edgesTo.withUnsafeBufferPointer { to in
                concatenated.withUnsafeBufferPointer { concatenated in
                    mixturePlaces.withUnsafeBufferPointer { places in
                        weightOffsets.withUnsafeBufferPointer { weights in
                            withOptionalPointer(affineOffsets) { affine in
                                var plan = ct_cell_plan(
                                    channels: Int32(channels), inputs: inputs, nodes: nodes, reduces: reduces ? 1 : 0,
                                    reduces_previous: reducesPrevious ? 1 : 0,
                                    pools_have_norm: poolsHaveBatchNorm ? 1 : 0,
                                    gives_planes: givesPlanes ? 1 : 0, parts: Int32(parts),
                                    edges: Int32(edgeCount),
                                    edge_from: from.baseAddress, edge_to: to.baseAddress,
                                    concatenated: concatenated.baseAddress,
                                    concatenated_count: Int32(concatenated.count), mixture_places: places.baseAddress,
                                    weight_offsets: weights.baseAddress, affine_offsets: affine)
                                return body(&plan)
                            }
                        }
                    }
                }
            }
        }
    }
}

private func withOptionalPointer<Value, Result>(
    _ values: [Value]?, _ body: (UnsafePointer<Value>?) -> Result
) -> Result {
    guard let values else { return body(nil) }
    return values.withUnsafeBufferPointer { body($0.baseAddress) }
}

/// The cell's own kernels: forward and backward of a whole cell in a few passes over memory.
package enum CellKernels {
    /// An operation as the kernels compute it.
    package struct Operation: Sendable {
        package let name: String
        /// Pixels along a side of its window, and how far apart they are.
        package let kernel: Int
        package let dilation: Int
        /// Tensors of weights, and batch norms; of a skip at stride 2.
        package let weights: Int
        package let norms: Int
    }

    /// By their places in an edge's row.
    package static let operations: [Operation] = (0..<Int32(CellDescription.operations)).map { place in
        let operation = ct_operation_at(place)
        return Operation(
            name: String(cString: operation.name), kernel: Int(operation.kernel), dilation: Int(operation.dilation),
            weights: Int(operation.weights), norms: Int(operation.norms))
    }

    /// - Parameter name: `auto`, `avx512`, `avx2` or `portable`.
    /// - Returns: false where this processor does not have them.
    package static func choose(_ name: String) -> Bool { ct_choose_kernels(name) == 1 }

    /// Whether this processor has the kernels of that name; nothing is chosen.
    package static func has(_ name: String) -> Bool { ct_has_kernels(name) == 1 }

    /// The instruction set in use.
    package static var name: String { String(cString: ct_kernel_name()) }

    /// Bytes that the pool of activations holds: it stops growing once every size was seen.
    package static var pooledBytes: Int { Int(ct_pooled_bytes()) }

    /// Bytes of that pool which this thread has taken and not given back.
    package static var heldBytes: Int { Int(ct_held_bytes()) }

    /// Nothing but fused multiply-adds from registers, on the calling thread: the floor of any kernel here.
    /// - Returns: how many floating-point operations it computed.
    package static func multiplyAdds(rounds: Int) -> Double { ct_multiply_adds(Int64(rounds)) }

    /// What one thread reads from memory, in GB/s: the floor of every pass over planes.
    package static func readGigabytesPerSecond() -> Double { ct_read_gigabytes() }

    /// Runs `body` with a clock around every row kernel; only while no other thread computes.
    /// - Returns: seconds by kernel, the longest first; kernels that were not called are left out. And what the clocks
    ///   themselves took, which is in none of them.
    package static func timed(
        _ body: () throws -> Void
    ) rethrows -> (kernels: [(name: String, seconds: Double)], clocks: Double) {
        ct_time_kernels(1)
        defer { ct_time_kernels(0) }
        try body()
        let kernels = (0..<ct_timed_kernel_count()).map { index in
            (name: String(cString: ct_timed_kernel_name(index)), seconds: ct_timed_kernel_seconds(index))
        }
        return (kernels.filter { $0.seconds > 0 }.sorted { $0.seconds > $1.seconds }, ct_timing_seconds())
    }

    /// - Parameters:
    ///   - before: not read by a cell of one input.
    ///   - mixture: Z of the cell's kind; of a derived cell ones and zeros, with `skipsZeros`.
    ///   - dropPath: edges x images, 0 or 1/keep.
    ///   - given: statistics to normalise with; nil normalises with the batch's own.
    ///   - parts: that the images are cut into, as far as there are images; threads compute them together
    ///     (`TorchRuntime.useThreads`).
    /// - Returns: the cell's output, channels last or as planes; `previous` for whoever reads it behind this cell, so that its gradients meet in
    ///   this cell's pass; and the batch's own statistics (empty when they were given).
    package static func forward(
        _ cell: CellDescription, before: Tensor, previous: Tensor, weights: Tensor, mixture: Tensor,
        dropPath: ArraySlice<Float>?, given: [Float]?, skipsZeros: Bool, parts: Int = 1
    ) throws(TorchError) -> (output: Tensor, previous: Tensor, statistics: [Float]) {
        precondition(parts > 0 && given.map { $0.count == cell.statisticCount } ?? true)
        var statistics = [Float](repeating: 0, count: given == nil ? cell.statisticCount : 0)
        var passed: OpaquePointer?
        let output = cell.withPlan(parts: parts) { plan in
            statistics.withUnsafeMutableBufferPointer { own in
                withOptionalPointer(dropPath.map(Array.init)) { dropPath in
                    withOptionalPointer(given) { given in
                        ct_cell(
                            plan, before.handle, previous.handle, weights.handle, mixture.handle, dropPath, given,
                            given == nil ? own.baseAddress : nil, skipsZeros ? 1 : 0, &passed)
                    }
                }
            }
        }
        return (
            try Tensor(owning: output, "compute a cell"), try Tensor(owning: passed, "compute a cell"), statistics
        )
    }
}
