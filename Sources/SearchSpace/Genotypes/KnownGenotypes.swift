/// Cells that were published, by the names of their authors' code (`genotypes.py` of DARTS, SNAS, PC-DARTS, P-DARTS, GDAS).
/// SNAS published its three both with all 14 edges (`..._edge_all`) and with two edges a node.
package enum KnownGenotypes {
    /// - Returns: nil for a name that is not known.
    package static func named(_ name: String) -> Genotype? { all.first { $0.name == name }?.genotype }

    /// In the order of `all`, for messages that list them.
    package static var names: [String] { all.map(\.name) }

    /// By where they come from: DARTS and what came before it, SNAS, others.
    package static let all: [(name: String, genotype: Genotype)] = [
        ("DARTS_V1", dartsFirstOrder),
        ("DARTS_V2", dartsSecondOrder),
        ("NASNet", nasNet),
        ("AmoebaNet", amoebaNet),
        ("SNAS_mild", snasMild),
        ("SNAS_mild_edge_all", snasMildAllEdges),
        ("SNAS_moderate", snasModerate),
        ("SNAS_moderate_edge_all", snasModerateAllEdges),
        ("SNAS_aggressive", snasAggressive),
        ("SNAS_aggressive_edge_all", snasAggressiveAllEdges),
        ("PC_DARTS_cifar", pcDARTS),
        ("PC_DARTS_image", pcDARTSOfImageNet),
        ("PDARTS", pDARTS),
        ("GDAS_V1", gdas),
        ("ENAS", enas),
    ]

    // MARK: DARTS and before it

    private static let dartsFirstOrder = pairs(
        normal: [s3(1), s3(0), skip(0), s3(1), skip(0), s3(1), s3(0), skip(2)],
        reduce: [max(0), max(1), skip(2), max(0), max(0), skip(2), skip(2), avg(0)])

    private static let dartsSecondOrder = pairs(
        normal: [s3(0), s3(1), s3(0), s3(1), s3(1), skip(0), skip(0), d3(2)],
        reduce: [max(0), max(1), skip(2), max(1), max(0), skip(2), skip(2), max(1)])

    private static let nasNet = pairs(
        normal: [s5(1), s3(0), s5(0), s3(0), avg(1), skip(0), avg(0), avg(0), s3(1), skip(1)],
        reduce: [s5(1), s7(0), max(1), s7(0), avg(1), s5(0), skip(3), avg(2), s3(2), max(1)],
        normalConcat: [2, 3, 4, 5, 6], reduceConcat: [4, 5, 6])

    private static let amoebaNet = pairs(
        normal: [avg(0), max(1), s3(0), s5(2), s3(0), avg(3), s3(1), skip(1), skip(0), avg(1)],
        reduce: [avg(0), s3(1), max(0), s7(2), s7(0), avg(1), max(0), max(1), c7(0), s3(5)],
        normalConcat: [4, 5, 6], reduceConcat: [3, 4, 6])

    // MARK: SNAS

    private static let snasMild = pairs(
        normal: [s3(0), s3(1), skip(0), d3(1), skip(0), skip(1), skip(0), s3(1)],
        reduce: [max(0), max(1), max(1), skip(2), max(1), skip(2), max(0), d5(2)])

    private static let snasModerate = pairs(
        normal: [d5(0), skip(1), s3(0), skip(1), skip(0), skip(1), s3(0), d5(1)],
        reduce: [max(0), max(1), s5(0), d5(1), s5(0), s5(1), s5(0), s5(1)])

    private static let snasAggressive = pairs(
        normal: [s5(0), skip(1), skip(0), skip(1), d5(1), skip(0), skip(0), d5(1)],
        reduce: [s5(0), none(1), s5(0), none(1), none(1), none(0), none(1), none(0)])

    private static let snasMildAllEdges = allEdges(
        normal: [4, 4, 3, 6, 0, 3, 3, 0, 0, 3, 4, 0, 0, 0], reduce: [1, 1, 0, 1, 3, 0, 1, 3, 0, 1, 0, 7, 0, 0])

    private static let snasModerateAllEdges = allEdges(
        normal: [7, 3, 4, 3, 0, 3, 3, 0, 0, 4, 7, 0, 0, 0], reduce: [1, 1, 5, 7, 0, 5, 5, 0, 0, 5, 5, 0, 0, 0])

    private static let snasAggressiveAllEdges = allEdges(
        normal: [5, 3, 3, 3, 0, 3, 7, 0, 0, 3, 7, 0, 0, 0], reduce: [5, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])

    // MARK: After DARTS

    private static let pcDARTS = pairs(
        normal: [s3(1), skip(0), s3(0), d3(1), s5(0), s3(1), avg(0), d3(1)],
        reduce: [s5(1), max(0), s5(1), s5(2), s3(0), s3(3), s3(1), s3(2)])

    private static let pcDARTSOfImageNet = pairs(
        normal: [skip(1), s3(0), s3(0), skip(1), s3(1), s3(3), s3(1), d5(4)],
        reduce: [s3(0), skip(1), d5(2), max(1), s3(2), s3(1), s5(0), s3(3)])

    private static let pDARTS = pairs(
        normal: [skip(0), d3(1), skip(0), s3(1), s3(1), s3(3), s3(0), d5(4)],
        reduce: [avg(0), s5(1), s3(0), d5(2), max(0), d3(1), d3(1), d5(3)])

    private static let gdas = pairs(
        normal: [skip(0), skip(1), skip(0), s5(2), s3(3), skip(0), s5(4), s3(3)],
        reduce: [s5(0), s3(1), s5(2), s5(1), d5(2), s3(1), s5(0), s5(1)])

    private static let enas = pairs(
        normal: [s3(1), skip(1), s5(1), skip(0), avg(0), s3(1), s3(0), avg(1), s5(1), avg(0)],
        reduce: [s5(0), s3(1), s3(1), avg(1), s3(1), avg(1), avg(1), s5(4), s3(5), s5(0)],
        normalConcat: [2, 3, 4, 5, 6], reduceConcat: [2, 3, 4, 5, 6])

    // MARK: Shorthand

    private typealias Pair = (operation: Operation, from: Int)

    private static func none(_ from: Int) -> Pair { (.none, from) }
    private static func max(_ from: Int) -> Pair { (.maxPool3x3, from) }
    private static func avg(_ from: Int) -> Pair { (.avgPool3x3, from) }
    private static func skip(_ from: Int) -> Pair { (.skipConnect, from) }
    private static func s3(_ from: Int) -> Pair { (.sepConv3x3, from) }
    private static func s5(_ from: Int) -> Pair { (.sepConv5x5, from) }
    private static func s7(_ from: Int) -> Pair { (.sepConv7x7, from) }
    private static func d3(_ from: Int) -> Pair { (.dilConv3x3, from) }
    private static func d5(_ from: Int) -> Pair { (.dilConv5x5, from) }
    private static func c7(_ from: Int) -> Pair { (.conv7x1And1x7, from) }

    /// Two edges a node, in the published order.
    private static func pairs(
        normal: [Pair], reduce: [Pair], normalConcat: [Int] = [2, 3, 4, 5], reduceConcat: [Int] = [2, 3, 4, 5]
    ) -> Genotype {
        func choices(_ pairs: [Pair]) -> [Genotype.Choice] {
            pairs.enumerated().map { Genotype.Choice(operation: $1.operation, from: $1.from, to: 2 + $0 / 2) }
        }
        return Genotype(
            normal: choices(normal), reduce: choices(reduce), normalConcat: normalConcat, reduceConcat: reduceConcat)
    }

    /// All 14 edges in index order, operations by their column in an alpha table.
    private static func allEdges(normal: [Int], reduce: [Int]) -> Genotype {
        let topology = CellTopology()
        func choices(_ columns: [Int]) -> [Genotype.Choice] {
            zip(topology.edges, columns).map {
                Genotype.Choice(operation: Operation.papers[$1], from: $0.from, to: $0.to)
            }
        }
        let concat = Array(topology.outputNodes)
        return Genotype(
            normal: choices(normal), reduce: choices(reduce), normalConcat: concat, reduceConcat: concat)
    }
}
