extension EdgeTable<Float> {
    /// The network that the rule of DARTS keeps, as a mixture: into each node the two edges whose best operation is most
    /// probable, each with that operation; `none` on all others.
    package func strongestEdges(in space: SearchSpace) -> EdgeTable<Float> {
        .oneHot(.derived(from: self, in: space, rule: .darts), in: space)
    }
}
