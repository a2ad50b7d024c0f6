/// GDAS' form (AutoDL-Projects): a dictionary whose edges have the weight that the search gave them. It is read as the flat and the
/// nested forms are (`init(record:)`), for a weight decides nothing once an edge is kept.
extension Genotype {
    /// A tuple of two edges for each node, each with weight 1: what GDAS' own file has for cells of other searches.
    func gdasText() throws(GenotypeError) -> String {
        let genotype = try withTwoEdgesPerNode()
        let parts = genotype.kinds.map { kind in
            let nodes = genotype.edges(of: kind).map { edges in
                "(\(edges.map { "('\($0.operation.name)', \($0.from), 1.0)" }.joined(separator: ", ")))"
            }
            let concat = genotype.concat(kind).map(String.init).joined(separator: ", ")
            return "'\(kind)': [\(nodes.joined(separator: ", "))], '\(kind)_concat': [\(concat)]"
        }
        return "{\(parts.joined(separator: ", "))}"
    }
}
