import Configuration
import Estimation
import SearchSpace
import Testing
import Training
import Wire

/// The cell that a search ends with where several are compared.
@Suite
struct CandidateChoiceTests {
    private func search(heldOutImages: Int = 10, candidates: Int = 4) throws -> MadeUpSearch {
        try MadeUpSearch.configured(heldOutImages: heldOutImages) {
            $0.method.derive = .bestOf(candidates)
            $0.training.epochs = 1
            $0.architecture.learningRate = 0.05
        }
    }

    /// Runs to the end, and says what was compared on which images.
    private func finish(_ search: inout MadeUpSearch) -> (tables: [[Float]], places: [String]) {
        var (tables, places): ([[Float]], [String]) = ([], [])
        while let planned = search.run.nextRound() {
            if planned.job.images == .choosing {
                #expect(planned.job.imageCount == 12 && planned.job.mixing == .given && planned.statistics != nil)
                tables.append(planned.job.table)
                places.append(planned.place.map { "\($0.subject) \($0.number)/\($0.count)" } ?? "")
            }
            _ = search.advance()
        }
        return (tables, places)
    }

    @Test("Of K cells drawn from softmax(alpha) the one with the most hits on the choosing images is kept")
    func best() throws {
        var first = try search()
        let (tables, places) = finish(&first)
        #expect(Set(tables).count == 4)
        #expect(places.first == "candidate 1 of 4 2/8" && places.last == "candidate 4 of 4 8/8")
        let cells = try #require(first.run.cells)
        func genotype(_ table: [Float]) -> Genotype {
            cells.space.genotype(operations: EdgeTable(cells.space.shape, table).mostProbable())
        }
        #expect(cells.genotype(of: first.run.state) == genotype(tables[0]), "of equals the first")
        var second = try search()
        let wanted = tables[2]
        second.hits = { job, _ in job.images == .choosing && job.table == wanted ? 9 : 1 }
        #expect(finish(&second).tables == tables, "what is compared does not depend on what came of it")
        #expect(cells.genotype(of: second.run.state) == genotype(wanted))
        #expect(
            first.run.state.fingerprint == second.run.state.fingerprint, "the choice moves neither alpha nor weights")
    }

    @Test("The last evaluation looks at the cell that was chosen, and without held-out images the epoch still ends")
    func evaluated() throws {
        var search = try search()
        search.hits = { job, _ in job.images == .choosing ? Int(job.table.reduce(0) { $0 * 1.01 + $1 }) % 12 : 1 }
        var derived: [Float] = []
        while let planned = search.run.nextRound() {
            if planned.job.images == .heldOut, planned.place?.subject == "derived" { derived = planned.job.table }
            _ = search.advance()
        }
        let cells = try #require(search.run.cells)
        #expect(derived == EdgeTable<Float>.oneHot(cells.genotype(of: search.run.state), in: cells.space).entries)
        var without = try self.search(heldOutImages: 0)
        let epochs = without.finish().filter { if case .epoch = $0 { true } else { false } }
        #expect(epochs.count == 1 && without.run.state.architecture?.chosenCandidate != nil)
    }

    @Test("A run that stops between two candidates compares all again to the same end; one that goes on chooses anew")
    func resumed() throws {
        var whole = try search()
        whole.hits = { job, _ in job.images == .choosing && job.table[3] == 1 ? 5 : 1 }
        _ = finish(&whole)
        var stopped = try search()
        stopped.hits = whole.hits
        var compared = 0
        while compared < 2, let planned = stopped.run.nextRound() {
            if planned.job.images == .choosing { compared += 1 }
            _ = stopped.advance()
        }
        let state = stopped.run.state
        #expect(state.architecture?.chosenCandidate == nil)
        var resumed = try search()
        resumed.hits = whole.hits
        resumed.run.resume(from: state)
        #expect(finish(&resumed).tables.count == 4 && resumed.run.state == whole.run.state)
        let files = whole.run.state.checkpointFiles(runIdentity: "r", configuration: "c")
        var read = try search().run.state
        try read.restore(tensors: files[0].bytes, counters: files[1].bytes, source: "checkpoint")
        #expect(read.architecture?.chosenCandidate == whole.run.state.architecture?.chosenCandidate)
        var longer = try MadeUpSearch.configured {
            $0.method.derive = .bestOf(4)
            $0.training.epochs = 2
        }
        longer.run.resume(from: read)
        _ = longer.advance()
        #expect(longer.run.state.architecture?.chosenCandidate == nil)
    }
}
