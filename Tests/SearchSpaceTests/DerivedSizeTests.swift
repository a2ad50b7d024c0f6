import SearchSpace
import Testing

@Suite
struct DerivedSizeTests {
    /// By operation codes in edge order: the columns of alpha.
    private func genotype(_ normal: [Int], _ reduce: [Int]) -> Genotype {
        func choices(_ codes: [Int]) -> [Genotype.Choice] {
            zip(CellTopology().edges, codes).map { edge, code in
                Genotype.Choice(operation: Operation.papers[code], from: edge.from, to: edge.to)
            }
        }
        return Genotype(
            normal: choices(normal), reduce: choices(reduce), normalConcat: [2, 3, 4, 5], reduceConcat: [2, 3, 4, 5])
    }

    @Test("The published cells have their exact numbers of weights at 36 channels and 20 cells")
    func published() {
        let target = NetworkPlan.target(.darts())
        let nothing = [Int](repeating: 0, count: 14)
        #expect(target.derivedWeights(genotype(nothing, nothing)) == 1_370_134)
        let mild = genotype([4, 4, 3, 6, 0, 3, 3, 0, 0, 3, 4, 0, 0, 0], [1, 1, 0, 1, 3, 0, 1, 3, 0, 1, 0, 7, 0, 0])
        #expect(target.derivedWeights(mild) == 2_661_382)
        let aggressive = genotype(
            [5, 3, 3, 3, 0, 3, 7, 0, 0, 3, 7, 0, 0, 0], [5, 0, 5] + [Int](repeating: 0, count: 11))
        #expect(target.derivedWeights(aggressive) == 2_313_622)
        let moderate = genotype(
            [7, 3, 4, 3, 0, 3, 3, 0, 0, 4, 7, 0, 0, 0], [1, 1, 5, 7, 0, 5, 5, 0, 0, 5, 5, 0, 0, 0])
        #expect(target.derivedWeights(moderate) == 2_847_358)
        let largest = [Int](repeating: 5, count: 14)
        #expect(target.derivedWeights(genotype(largest, largest)) == 7_974_550)
    }
}

@Suite
struct DerivedSizeAndPlanTests {
    @Test("A target's linear table counts what the derived network's own layers do")
    func agree() {
        let plan = NetworkPlan.target(.darts())
        let size = DerivedSize(plan)
        for shift in 0..<Operation.papers.count {
            func choices(_ step: Int) -> [Genotype.Choice] {
                plan.space.topology(.normal).edges.map { edge in
                    let operation = Operation.papers[(shift + step * edge.index) % Operation.papers.count]
                    return Genotype.Choice(operation: operation, from: edge.from, to: edge.to)
                }
            }
            let concat = Array(plan.space.topology(.normal).outputNodes)
            let genotype = Genotype(
                normal: choices(1), reduce: choices(3), normalConcat: concat, reduceConcat: concat)
            let layers = NetworkCost(
                DerivedPlan(
                    genotype: genotype, image: plan.image, classes: plan.classes, initChannels: plan.initChannels,
                    layers: plan.layers)
            ).total
            let linear = size.size(of: (genotype.normal + genotype.reduce).map(\.operation))
            #expect(linear.parameters == layers.parameters)
            #expect(linear.multiplyAdds == layers.multiplyAdds)
        }
    }
}
