import Formats
import RunStore
import SearchSpace
import Training

/// Where the states of two runs part that have taken as many steps: in all that their next step reads.
struct StateParting: Sendable {
    /// The first tensor of each vector that differs, with the vector's name.
    private(set) var vectors: [(name: String, parting: TensorParting)] = []
    /// Counters and single numbers that differ, a sentence each.
    private(set) var numbers: [String] = []

    var isNone: Bool { vectors.isEmpty && numbers.isEmpty }

    /// - Parameter layout: of both runs' networks.
    init(_ states: Both<RunState>, layout: WeightLayout) {
        let (first, second) = (states.first, states.second)
        let weights = VectorSections.weights(layout)
        if let own = first.architecture, let other = second.architecture, own.alpha.shape == other.alpha.shape {
            let table = VectorSections.table(own.alpha.shape)
            add("alpha", table.parting(own.alpha.entries, other.alpha.entries))
            add("first moments of alpha's gradient", table.parting(own.firstMoments, other.firstMoments))
            add("second moments of alpha's gradient", table.parting(own.secondMoments, other.secondMoments))
            add("steps of alpha", Both(own.steps, other.steps))
            add("multiplier of the size", Both(own.targetMultiplier, other.targetMultiplier))
            add("mean reward", Both(own.rewardBaseline, other.rewardBaseline))
            add("decided edges", Both(own.fixedRows, other.fixedRows))
        }
        add("weights", weights.parting(first.weights, second.weights))
        add("velocities of the weights", weights.parting(first.velocity, second.velocity))
        add("running statistics", VectorSections.statistics(layout).parting(first.statistics, second.statistics))
    }

    private mutating func add(_ name: String, _ parting: TensorParting?) {
        if let parting { vectors.append((name, parting)) }
    }

    private mutating func add<Value: Equatable>(_ name: String, _ values: Both<Value>) {
        if !values.areEqual { numbers.append("\(name): \(values.first) against \(values.second)") }
    }

    /// A line each.
    var lines: [String] { vectors.map { "\($0.name): \($0.parting.text)" } + numbers }

    var json: JSONValue {
        .object([
            "vectors": .array(
                vectors.map { vector in
                    .object(["vector": .string(vector.name), "first": vector.parting.json])
                }), "numbers": .array(numbers.map(JSONValue.string)),
        ])
    }
}
