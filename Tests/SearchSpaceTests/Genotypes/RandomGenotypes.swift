import SearchSpace

/// Cells of all sizes, the same ones for a seed.
struct RandomGenotypes {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// splitmix64 (Steele, Lea, Flood 2014).
    mutating func number(below limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((bits ^ (bits >> 31)) % UInt64(limit))
    }

    /// What dialects allow of a cell.
    struct Limits {
        var nodes = 1...12
        var hasSubsets = true
        var hasAllEdges = false
        var operations = Operation.allCases
    }

    /// A pair of cells; of a text that could be two things (7 nodes with two edges, 4 with all) the one as which it is read.
    mutating func pair(_ limits: Limits) -> Genotype {
        while true {
            let (normal, normalConcat) = cell(limits)
            let (reduce, reduceConcat) = cell(limits)
            let genotype = Genotype(
                normal: normal, reduce: reduce, normalConcat: normalConcat, reduceConcat: reduceConcat)
            let isAmbiguous = [(normal, normalConcat), (reduce, reduceConcat)].contains { edges, concat in
                guard !limits.hasAllEdges else { return false }
                let full = [14: 4, 20: 5, 44: 8][edges.count] ?? 0
                return (concat.max() ?? 0) < 2 + full
            }
            if !isAmbiguous { return genotype }
        }
    }

    private mutating func cell(_ limits: Limits) -> ([Genotype.Choice], [Int]) {
        let nodes = limits.nodes.lowerBound + number(below: limits.nodes.count)
        var choices: [Genotype.Choice] = []
        for node in 2..<2 + nodes {
            let sources =
                limits.hasAllEdges
                ? Array(0..<node) : nodes == 1 ? [0, 1] : [number(below: node), number(below: node)]
            choices += sources.map { source in
                let operation = limits.operations[number(below: limits.operations.count)]
                return Genotype.Choice(operation: operation, from: source, to: node)
            }
        }
        var concat = Array(2..<2 + nodes)
        if limits.hasSubsets, number(below: 2) == 0 {
            concat = concat.filter { _ in number(below: 2) == 0 }
            if concat.isEmpty { concat = [1 + nodes] }
            if number(below: 4) == 0 { concat.reverse() }
        }
        return (choices, concat)
    }

    /// A cell of one kind with one input.
    mutating func single() -> Genotype {
        let nodes = 1 + number(below: 16)
        let choices = (1...nodes).flatMap { node in
            (0..<node).map { source in
                Genotype.Choice(
                    operation: Operation.allCases[number(below: Operation.allCases.count)], from: source, to: node)
            }
        }
        return Genotype(inputs: 1, normal: choices, reduce: [], normalConcat: [nodes], reduceConcat: [])
    }
}

extension GenotypeForm {
    /// What the form can say.
    var limits: RandomGenotypes.Limits {
        var limits = RandomGenotypes.Limits()
        switch self {
        case .snas: limits.hasAllEdges = true
        case .katib:
            limits.operations = Operation.papers + [.sepConv7x7]
        case .nasBench301:
            limits.nodes = 4...4
            limits.hasSubsets = false
            limits.operations = Operation.papers.filter { $0 != .none }
        default: break
        }
        return limits
    }
}
