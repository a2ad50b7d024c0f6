import Configuration
import Datasets
import Estimation
import Formats
import Network
import Optimization
import SearchSpace
import Training
import Wire

/// One shard of one round as tensors by name: what it read and what came of it, for whoever computes it with other tools.
///
/// Weights and what belongs to them keep PyTorch's names behind a prefix. Numbers that the program holds in Double are two tensors, the
/// nearest Float and what it leaves (`..._remainder`): the sum has 48 bits.
struct ShardTrace {
    private let run: PreparedRun
    private let round: ReplayedRound
    private let work: ShardWork
    private var tensors: [SafetensorsFile.Tensor] = []

    /// - Parameter cost: what multiplies the loss of this round's shards; nil where nothing does.
    init(of shard: Int, in round: ReplayedRound, _ run: PreparedRun, cost: LogarithmicCost?) throws {
        self.run = run
        self.round = round
        work = try round.work(on: shard)
        addImages()
        addDraw(shard)
        addMasks()
        addWeights()
        if let cost { addCost(cost, shard) }
        addOutputs()
        addPayload()
    }

    var report: ShardReport { work.report }

    /// Of what the shard alone would send, as the protocol tells it.
    var payloadDigest: Digest128 { XXH3.hash128(of: work.payload.floats) }

    func file(_ metadata: [JSONValue.Member]) -> SafetensorsFile {
        SafetensorsFile(tensors: tensors, metadata: metadata)
    }

    private var job: RoundJob { round.planned.job }
    private var imageCount: Int { work.inputs.batch.count }

    private mutating func add(_ name: String, _ shape: [Int], _ values: some Sequence<Float>) {
        tensors.append(.init(name: name, shape: shape, values: Array(values)))
    }

    private mutating func add(scalar name: String, _ value: Float) { add(name, [], [value]) }

    /// One tensor for each kind of cell: edges x candidates, or a row where edges have different numbers of them.
    private mutating func add(table name: String, _ values: [Float]) {
        guard let shape = run.choices?.shape, values.count == shape.count else { return }
        for kind in shape.kinds {
            add("\(name).\(kind)", shape.tensorShape(of: kind), values[shape.entries(of: kind)])
        }
    }

    // MARK: Inputs

    private mutating func addImages() {
        let set = run.images.set
        add("images", [imageCount, set.channels, set.height, set.width], work.inputs.batch.pixels)
        add("labels", [imageCount], work.inputs.batch.labels.map { Float($0) })
    }

    private mutating func addDraw(_ shard: Int) {
        if job.mixing.readsAlpha { add(table: "alpha", job.table) }
        if let choices = run.choices, job.mixing.draws {
            let noise = job.gumbelNoise(
                shard, noise: choices.noise, count: choices.shape.count, seed: UInt64(run.configuration.run.seed))
            add(table: "noise", noise.map { Float($0) })
            add(table: "noise_remainder", noise.map { Float($0 - Double(Float($0))) })
        }
        if let temperature = job.mixing.temperature { add(scalar: "temperature", Float(temperature)) }
        if let mixture = work.inputs.mixture { add(table: "mixture", mixture.entries) }
        if let draw = work.inputs.draw, job.operationDropProbability > 0 {
            add(table: "operation_drop", draw.dropout.keeps.entries.map { $0 ? 1 : 0 })
        }
    }

    private mutating func addMasks() {
        if let masks = work.inputs.dropPath {
            add("drop_path", [run.network.edgesOfAllCells, imageCount], masks)
        }
        for place in NoisyEdge.all(of: run.configuration, run.images.set) {
            let count = imageCount * place.elements
            add(
                "noise_operation.\(place.edge)", [imageCount] + place.shape,
                work.inputs.noise.values(count, edge: place.edge))
        }
    }

    private mutating func addWeights() {
        for entry in run.layout.entries { add("weights.\(entry.name)", entry.shape, round.weights[entry.range]) }
        guard let running = round.planned.statistics else { return }
        addStatistics("running", running[...])
    }

    /// - Parameter values: in the layout's order.
    private mutating func addStatistics(
        _ prefix: String, _ values: ArraySlice<Float>, where isThere: (Int?) -> Bool = { _ in true }
    ) {
        let first = values.startIndex
        for entry in run.layout.statistics where isThere(entry.tableEntry) {
            for (part, offset) in [("mean", entry.meanOffset), ("variance", entry.varianceOffset)] {
                add(
                    "\(prefix).\(entry.name).\(part)", [entry.channels],
                    values[first + offset..<first + offset + entry.channels])
            }
        }
    }

    private mutating func addCost(_ cost: LogarithmicCost, _ shard: Int) {
        guard !job.lossFactors.isEmpty else { return }
        add(scalar: "loss_factor", job.lossFactors[shard])
        add(table: "cost_sizes", cost.sizes.entries.map { Float($0) })
    }

    // MARK: Outputs

    private mutating func addOutputs() {
        let classes = run.network.classes
        if !work.logits.isEmpty { add("logits", [imageCount, classes], work.logits) }
        if !work.auxiliaryLogits.isEmpty { add("auxiliary_logits", [imageCount, classes], work.auxiliaryLogits) }
        if !job.yields.contains(.policyGradient), !work.logits.isEmpty { add(scalar: "loss", report.loss) }
        if !work.logits.isEmpty { add(scalar: "hits", Float(report.hits)) }
        add(table: "credits", report.credits)
        add(table: "alpha_gradient", report.alphaGradient)
    }

    /// What a mixture does not hold is neither computed nor told.
    private func isComputed(_ tableEntry: Int?) -> Bool {
        guard let tableEntry, let mixture = work.inputs.mixture else { return true }
        let leavesOut = job.mixing.leavesOut || !job.yields.hasGradient
        return !leavesOut || mixture.entries[tableEntry] != 0
    }

    private mutating func addPayload() {
        let payload = work.payload.array
        let weights = job.yields.contains(.weightGradient) ? run.layout.weightCount : 0
        if weights > 0 {
            for entry in run.layout.entries where isComputed(entry.tableEntry) {
                add("gradients.\(entry.name)", entry.shape, payload[entry.range])
            }
        }
        guard job.yields.contains(.statistics) else { return }
        // A round that measures multiplies them by the shard's images.
        let count = job.yields.hasGradient ? 1 : Float(imageCount)
        addStatistics("batch", payload[weights...].map { $0 / count }[...], where: isComputed)
    }
}

extension Mixing {
    /// Whether noise is added to alpha.
    fileprivate var draws: Bool {
        switch self {
        case .relaxed, .floored, .oneHot, .categorical: true
        case .none, .softmax, .given: false
        }
    }

    /// Nil where nothing is divided by one.
    var temperature: Double? {
        switch self {
        case .relaxed(let temperature), .floored(let temperature, _), .oneHot(let temperature): temperature
        case .none, .softmax, .categorical, .given: nil
        }
    }

    /// Nil where nothing is left out by its size.
    var floor: Double? { if case .floored(_, let floor) = self { floor } else { nil } }
}
