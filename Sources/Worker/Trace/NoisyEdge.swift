import Configuration
import Datasets
import SearchSpace

/// An edge on which the operation `noise` stands, and the map that it writes there.
struct NoisyEdge {
    /// Its number among all edges of the network.
    let edge: Int
    /// Channels x height x width.
    let shape: [Int]

    var elements: Int { shape.reduce(1, *) }

    /// Of the network that the configuration asks for, in the edges' order.
    static func all(of configuration: SearchConfiguration, _ set: ImageSet) -> [NoisyEdge] {
        let image = ImageShape(channels: set.channels, height: set.height, width: set.width)
        if let plan = configuration.derivedPlan(image: image, classes: set.classes) {
            return plan.cells.flatMap { cell in
                edges(
                    of: cell,
                    plan.genotype[cell.kind].indices.filter { plan.genotype[cell.kind][$0].operation == .noise })
            }
        }
        let plan = configuration.plan(image: image, classes: set.classes)
        return plan.cells.flatMap { cell in
            edges(
                of: cell,
                plan.space.topology(cell.kind).edges.filter { plan.space.candidates(cell.kind, $0).contains(.noise) }
                    .map(\.index))
        }
    }

    private static func edges(of cell: CellPlan, _ edges: [Int]) -> [NoisyEdge] {
        edges.map {
            NoisyEdge(edge: cell.firstEdge + $0, shape: [cell.channels, cell.outputHeight, cell.outputWidth])
        }
    }
}
