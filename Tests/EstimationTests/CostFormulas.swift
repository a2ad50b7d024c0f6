import Estimation
import Randomness
import SearchSpace
import Testing

#if canImport(Glibc)
    import Glibc
#endif

func table(_ channels: Int, _ layers: Int) -> CostTable {
    CostTable(
        NetworkPlan(
            image: ImageShape(channels: 3, height: 32, width: 32), classes: 10, initChannels: channels, layers: layers,
            space: .darts()))
}

let shape = SearchSpace.darts().shape
let entryCount = shape.count

func every(_ operation: Operation) -> [Double] {
    (0..<entryCount).map { Operation.papers[$0 % Operation.papers.count] == operation ? 1 : 0 }
}

/// softmax in Double, edge by edge: alpha's own Float would round a difference quotient away.
func softmax(_ logits: [Double], temperature: Double = 1) -> [Double] {
    stride(from: 0, to: logits.count, by: Operation.papers.count).flatMap { edge in
        let powers = logits[edge..<edge + Operation.papers.count].map { exp($0 / temperature) }
        let total = powers.reduce(0, +)
        return powers.map { $0 / total }
    }
}

func alpha(_ seed: UInt64 = 1, spread: Float = 0.8) -> EdgeTable<Float> {
    let stream = RandomStream(seed: seed, purpose: .initialAlpha)
    return EdgeTable(shape, (0..<UInt64(entryCount)).map { spread * Float(stream.normal($0)) })
}

/// A term as the argument of a test: by its name, not by its tables of thousands of numbers.
struct NamedTerm: Sendable, CustomTestStringConvertible {
    let term: CostTerm
    let testDescription: String

    init(_ form: CostForm, _ resources: [Resource]) {
        term = CostTerm(form, of: resources, in: table(16, 8), ratio: 0.7)
        testDescription = "\(form) of \(resources.map { "\($0)" }.joined(separator: ", "))"
    }
}

func value(_ term: CostTerm, _ z: [Double]) -> Double {
    term.evaluate(EdgeTable(shape, z)).edges.reduce(0, +)
}

func length(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

func cosine(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } / (length(left) * length(right))
}
