import Exchange
import Formats
import SearchSpace

/// A state dict as another program could save it: tensors of any kind under any names, and a header in any order.
struct MadeUpState {
    struct Tensor {
        var name: String
        var kind: SafetensorsKind = .float32
        var shape: [Int]
        var values: [Double]
    }

    var tensors: [Tensor]

    /// Every weight and statistic of a layout; the values count up in sevenths of a thousandth.
    init(of layout: WeightLayout) {
        var values = 0
        func tensor(_ name: String, _ shape: [Int]) -> Tensor {
            let count = shape.reduce(1, *)
            defer { values += count }
            return Tensor(name: name, shape: shape, values: (values..<values + count).map { Double($0) / 7000 + 0.1 })
        }
        tensors = layout.entries.map { tensor($0.name, $0.shape) }
        tensors += layout.statistics.flatMap { norm in
            ["running_mean", "running_var"].map { tensor("\(norm.name).\($0)", [norm.channels]) }
        }
    }

    /// Bytes of the file. Values lie in the order of `tensors`, the header has them the other way round.
    var bytes: [UInt8] {
        var data: [UInt8] = []
        var members: [JSONValue.Member] = []
        for tensor in tensors {
            let start = data.count
            for value in tensor.values { data += Self.bytes(of: value, tensor.kind) }
            members.append(
                JSONValue.Member(
                    tensor.name,
                    .object([
                        "dtype": .string(tensor.kind.rawValue), "shape": .array(tensor.shape.map { .integer($0) }),
                        "data_offsets": .array([.integer(start), .integer(data.count)]),
                    ])))
        }
        let header = Array(JSONValue.object(members.reversed()).serialized().utf8)
        return Self.littleEndian(UInt64(header.count), 8) + header + data
    }

    private static func littleEndian(_ word: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
    }

    /// F16 is rounded to the nearest, BF16 is cut.
    private static func bytes(of value: Double, _ kind: SafetensorsKind) -> [UInt8] {
        switch kind {
        case .float64: littleEndian(value.bitPattern, 8)
        case .float16: littleEndian(UInt64(Float16(value).bitPattern), 2)
        case .brainFloat16: littleEndian(UInt64(Float(value).bitPattern >> 16), 2)
        case .integer64: littleEndian(UInt64(bitPattern: Int64(value)), 8)
        case .float8E4M3: [UInt8(value)]
        default: littleEndian(UInt64(Float(value).bitPattern), 4)
        }
    }

    /// Every name changed; counters that PyTorch saves beside each batch norm are added where `counters` says so.
    func named(counters: Bool = false, _ rename: (String) -> String) -> MadeUpState {
        var state = self
        if counters {
            state.tensors += tensors.filter { $0.name.hasSuffix(".running_mean") }.map {
                Tensor(
                    name: $0.name.replacing(".running_mean", with: ".num_batches_tracked"), kind: .integer64, shape: [],
                    values: [300])
            }
        }
        for place in state.tensors.indices { state.tensors[place].name = rename(state.tensors[place].name) }
        return state
    }

    /// Place of a tensor in `tensors`.
    subscript(name: String) -> Int {
        guard let place = tensors.firstIndex(where: { $0.name == name }) else { preconditionFailure("no \(name)") }
        return place
    }

    /// What is read of it: the weights and the statistics, one behind the other.
    func read(_ layout: WeightLayout) throws -> [Float] {
        let read = try WeightFile.read(bytes, layout: layout, source: "w")
        return read.weights + read.statistics
    }

    /// The values as they are given, in the layout's order.
    var floats: [Float] { tensors.flatMap { $0.values.map { Float($0) } } }
}

extension WeightLayout {
    /// A small network of SNAS' mild cell.
    static func small(
        channels: Int = 4, layers: Int = 3, classes: Int = 10, imageChannels: Int = 1, genotype: String = "SNAS_mild",
        auxiliary: Bool = false, poolNorms: Bool = false
    ) -> WeightLayout {
        guard let genotype = KnownGenotypes.named(genotype) else { preconditionFailure("no genotype") }
        return .derivedNetwork(
            DerivedPlan(
                genotype: genotype, image: ImageShape(channels: imageChannels, height: 16, width: 16), classes: classes,
                initChannels: channels, layers: layers, hasAuxiliary: auxiliary, poolsHaveBatchNorm: poolNorms))
    }

    /// A small super-network, whose batch norms in cells have neither scale nor shift.
    static var smallSearch: WeightLayout {
        .superNetwork(
            NetworkPlan(
                image: ImageShape(channels: 1, height: 16, width: 16), classes: 10, initChannels: 2, layers: 3,
                space: .darts(nodes: 2)))
    }
}
