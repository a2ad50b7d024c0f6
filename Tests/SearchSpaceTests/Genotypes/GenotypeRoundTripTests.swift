import SearchSpace
import Testing

/// What is written in a dialect is read back as it was, and what is cut is refused.
@Suite
struct GenotypeRoundTripTests {
    private func cells(_ form: GenotypeForm, _ count: Int) -> [Genotype] {
        var random = RandomGenotypes(seed: 7)
        return (0..<count).map { _ in form == .nasBench201 ? random.single() : random.pair(form.limits) }
    }

    @Test(
        "300 random cells of any size come back from every dialect as they were, and the dialect is known",
        arguments: GenotypeForm.allCases)
    func roundTrips(form: GenotypeForm) throws {
        var sizes: Set<Int> = []
        for cell in cells(form, 300) {
            let text = try form.text(of: cell)
            let read = try GenotypeDocument(Array(text.utf8)).picked()
            #expect(read.genotype == cell, "\(text)")
            #expect(try Genotype(parsing: text) == cell)
            let isOneNode = cell.kinds.allSatisfy { cell[$0].count == 2 }
            // Katib's name of an operation tells it from pt.darts; the first of these cells may be none.
            let isSure =
                !(form == .snas && isOneNode) && !(form == .katib && text.hasPrefix("Genotype(normal=[[('none'"))
            #expect(!isSure || read.form == form, "\(read.form) of \(text)")
            sizes.insert(cell.normal.count)
        }
        #expect(sizes.count >= (form == .nasBench301 ? 1 : 12), "\(sizes)")
    }

    @Test(
        "aw_nas' and Vega's forms have cells with all edges too; the order of a node's edges is kept, the nodes' order is free"
    )
    func explicitTargets() throws {
        var limits = RandomGenotypes.Limits()
        limits.hasAllEdges = true
        var random = RandomGenotypes(seed: 8)
        for form in [GenotypeForm.awNAS, .vega] {
            for _ in 0..<100 {
                let cell = random.pair(limits)
                #expect(try Genotype(parsing: form.text(of: cell)) == cell)
            }
        }
        let text =
            "CNNGenotype(normal_0=[('none', 1, 3), ('noise', 1, 2), ('none', 0, 3), ('sep_conv_3x3', 0, 2)], "
            + "reduce_1=[('none', 0, 2), ('none', 0, 2), ('noise', 2, 3), ('none', 0, 3)], normal_0_concat=[2, 3])"
        let cell = try Genotype(parsing: text)
        #expect(cell.normal.map(\.from) == [1, 0, 1, 0] && cell.normal.map(\.to) == [2, 2, 3, 3])
        #expect(cell.reduceConcat == [2, 3], "aw_nas' default is every intermediate node")
    }

    @Test(
        "SNAS' published cells go from all edges to two a node and back where every node has two, and are refused where not"
    )
    func edgeAll() throws {
        func cell(_ name: String) throws -> Genotype { try #require(KnownGenotypes.named(name)) }
        for name in ["SNAS_mild", "SNAS_moderate"] {
            let (flat, all) = (try cell(name), try cell(name + "_edge_all"))
            #expect(try GenotypeForm.snas.text(of: flat) == all.text)
            let back = try Genotype(parsing: GenotypeForm.darts.text(of: all))
            for kind in CellKind.allCases { #expect(Set(back[kind]) == Set(flat[kind])) }
        }
        let aggressive = try cell("SNAS_aggressive_edge_all")
        for form in [GenotypeForm.darts, .nested, .katib, .gdas, .nasBench301] {
            let error = #expect(throws: GenotypeError.self) { try form.text(of: aggressive) }
            let sentence = "\(try #require(error))"
            #expect(
                sentence.hasPrefix("\(form.name) cannot express this cell: reduce node 2 has 1 edges that are not none")
            )
            #expect(sentence.hasSuffix("json, snas, aw_nas, vega can"), "\(sentence)")
        }
        // The same input twice: no form with an edge from each earlier node has it.
        let twice = try cell("NASNet")
        let error = #expect(throws: GenotypeError.self) { try GenotypeForm.snas.text(of: twice) }
        #expect("\(try #require(error))".contains("normal node 3 has two edges from node 0"))
        #expect(throws: GenotypeError.self) { try GenotypeForm.nasBench201.text(of: twice) }
        #expect(throws: GenotypeError.self) { try GenotypeForm.nasBench301.text(of: twice) }
    }

    /// The texts of which every beginning is read.
    private func whole(_ form: GenotypeForm) throws -> String {
        let single = "|nor_conv_3x3~0|+|none~0|skip_connect~1|"
        return form == .nasBench201
            ? single : try form.text(of: try #require(KnownGenotypes.named("DARTS_V2")))
    }

    @Test(
        "A text that is cut anywhere is refused with one sentence, or is a whole shorter one",
        arguments: GenotypeForm.allCases)
    func cuts(form: GenotypeForm) throws {
        let bytes = Array(try whole(form).utf8)
        var accepted: [Int] = []
        for count in bytes.indices {
            do {
                _ = try GenotypeDocument(Array(bytes.prefix(count))).picked()
                accepted.append(count)
            } catch {
                #expect(!error.reason.isEmpty && !error.description.contains("\n"), "\(count)")
            }
        }
        // A string of NAS-Bench-201 that ends behind its first node is a cell of one node.
        #expect(accepted == (form == .nasBench201 ? [16] : []), "\(accepted)")
    }

    @Test("A file of several genotypes that is cut anywhere gives one of them, or says that the last one is damaged")
    func cutFile() throws {
        let mild = try #require(KnownGenotypes.named("SNAS_mild")).text
        let first = try #require(KnownGenotypes.named("DARTS_V1"))
        let bytes = Array("FIRST = \(first.text)\n11/30 02:15:01 PM genotype = \(mild)\n".utf8)
        let firstEnd = 8 + first.text.utf8.count
        var (one, damaged) = (0, 0)
        for count in firstEnd..<bytes.count - 1 {
            do {
                #expect(try GenotypeDocument(Array(bytes.prefix(count))).picked().genotype == first)
                one += 1
            } catch {
                #expect(error.description.contains("the last of 2 genotypes; --pick 1 to 1 takes another"), "\(error)")
                #expect(error.place?.line == 2, "\(error)")
                damaged += 1
            }
        }
        #expect(one == "\n11/30 02:15:01 PM genotype = Genotype".utf8.count + 1, "\(one)")
        #expect(damaged == mild.utf8.count - "Genotype(".utf8.count, "\(damaged)")
    }
}
