/// A way to write a cell down: the dialects of tools that people exchange cells with. Each has a file of its own here, which reads
/// it and writes it.
package enum GenotypeForm: String, CaseIterable, Sendable {
    /// `Genotype(normal=[('sep_conv_3x3', 0), ...], ...)`, two edges a node (DARTS, PC-DARTS, P-DARTS, SNAS).
    case darts
    /// The same with all edges, `none` included (SNAS' `genotype_edge_all`).
    case snas
    /// The same with a list of two edges for each node (pt.darts).
    case nested
    /// The nested form with Katib's long names of operations and without blanks.
    case katib
    /// `CNNGenotype(normal_0=[('sep_conv_3x3', 0, 2), ...], reduce_1=..., ...)` (aw_nas).
    case awNAS = "aw_nas"
    /// A dictionary of tuples with a weight for each edge (GDAS).
    case gdas
    /// `|nor_conv_3x3~0|+|...` (NAS-Bench-201, NATS-Bench, AutoDL).
    case nasBench201 = "nas_bench_201"
    /// JSON with `["sep_conv_3x3", 2, 0]`, target before source (Vega).
    case vega
    /// Two tuples of eight `(from, operation's number)` (NASLib's compact form of NAS-Bench-301).
    case nasBench301 = "nas_bench_301"

    /// As people ask for it and messages name it.
    package var name: String { rawValue }

    /// - Throws: `GenotypeError` in one sentence for a cell that the form cannot express, with the forms that can.
    package func text(of genotype: Genotype) throws(GenotypeError) -> String {
        do throws(GenotypeError) { return try written(genotype) } catch {
            let others = Self.allCases.filter { other in
                other != self && (try? other.written(genotype)) != nil
            }
            throw GenotypeError(
                reason:
                    "\(name) cannot express this cell: \(error.reason); json\(others.map { ", " + $0.name }.joined()) can"
            )
        }
    }

    private func written(_ genotype: Genotype) throws(GenotypeError) -> String {
        switch self {
        case .darts: try genotype.withTwoEdgesPerNode().text
        case .snas: try genotype.withAllEdges().text
        case .nested: try genotype.nestedText()
        case .katib: try genotype.katibText()
        case .awNAS: try genotype.awNASText()
        case .gdas: try genotype.gdasText()
        case .nasBench201: try genotype.nasBench201Text()
        case .vega: try genotype.vegaText()
        case .nasBench301: try genotype.nasBench301Text()
        }
    }
}

extension Genotype {
    /// The form of its own text.
    package var ownForm: GenotypeForm { inputs == 1 ? .nasBench201 : listsAllEdges ? .snas : .darts }

    /// Whether edges are listed that two a node would not have; a cell of one node is both.
    var listsAllEdges: Bool { hasAllEdges && kinds.contains { self[$0].count > 2 } }

    /// - Throws: `GenotypeError` for a cell of NAS-Bench-201, which has one kind of cell and one input.
    func checkPair() throws(GenotypeError) {
        guard inputs == 2, kinds.count == 2 else {
            throw GenotypeError(reason: "it is one cell with one input, not a normal and a reduction cell with two")
        }
    }

    /// A cell's edges by target node, in their order.
    func edges(of kind: CellKind) -> [[Choice]] {
        (2..<2 + intermediateNodes(of: kind)).map { node in self[kind].filter { $0.to == node } }
    }
}
